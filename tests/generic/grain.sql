{#- What: a row is not told apart from every other by the columns that should do it, or one of them is null.
    When it matters: always; a count over the model would count something twice, or join to nothing.
    How to resolve: find the rows by the columns shown; either the natural key of the model is wrong or its rule for
    duplicates lets some through. -#}
{% test grain(model, columns) %}

select
    {{ columns | join(', ') }},
    count(*) as n_rows
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1 {%- for column in columns %} or {{ column }} is null {%- endfor %}

{% endtest %}
