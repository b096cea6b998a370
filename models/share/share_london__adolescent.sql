-- one row per cell of the dashboard on adolescent safeguarding
{{ cells_of_dashboard('adolescent') }}
