{#-
    A CSV of facts that lies in the project, read where it lies, every column as text. `path` is relative to the project
    root, where `liia dbt` always runs dbt, and may hold `*`. `file_path` tells which file a row came from.
    The one place for a function that only DuckDB has.
-#}
{% macro project_csv(path) -%}
    read_csv(
        '{{ path }}', header = true, delim = ',', quote = '"', escape = '"', all_varchar = true, union_by_name = true, filename = 'file_path'
    )
{%- endmacro %}
