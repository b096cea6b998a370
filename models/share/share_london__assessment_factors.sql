-- one row per cell of the dashboard on assessment factors
{{ cells_of_dashboard('assessment_factors') }}
