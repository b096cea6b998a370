-- one row per cell of the dashboard on placement sufficiency
{{ cells_of_dashboard('sufficiency') }}
