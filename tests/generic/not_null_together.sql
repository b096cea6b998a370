{#- What: columns that always have a value are null somewhere; one row, with the number of nulls in each column.
    When it matters: always; what groups or joins by such a column loses rows without a word.
    How to resolve: look at the column whose number is not 0; the model promises a value for it. -#}
{% test not_null_together(model, columns) %}

select *
from (
    select
        {%- for column in columns %}
        count(*) filter (where {{ column }} is null) as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ model }}
) as n_null
where {% for column in columns %}n_null.{{ column }} > 0{{ " or " if not loop.last }}{% endfor %}

{% endtest %}
