-- one row per cell of the dashboard on care leavers
{{ cells_of_dashboard('care_leavers') }}
