-- one row per cell of the dashboard on unaccompanied asylum-seeking children
{{ cells_of_dashboard('uasc') }}
