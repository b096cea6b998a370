-- one row per cell of the dashboard on annual overview
{{ cells_of_dashboard('annual') }}
