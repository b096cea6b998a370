-- one row per cell of the dashboard on quarterly monitoring
{{ cells_of_dashboard('quarterly') }}
