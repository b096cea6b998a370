{#- What: rows point to a row of another model that is not there. A key with a null part points nowhere and is left out.
    When it matters: always; a join would drop those rows.
    How to resolve: the two models are not made of the same submission, or one drops rows that the other keeps. -#}
{% test foreign_key(model, columns, to, to_columns) %}

select
    {%- for column in columns %}
    pointing.{{ column }},
    {%- endfor %}
    count(*) as n_rows
from {{ model }} as pointing
left join {{ to }} as target
    on
        {%- for column in columns %}
        {{ "and " if not loop.first }}pointing.{{ column }} = target.{{ to_columns[loop.index0] }}
        {%- endfor %}
where
    target.{{ to_columns[0] }} is null
    {%- for column in columns %}
    and pointing.{{ column }} is not null
    {%- endfor %}
group by {% for column in columns %}pointing.{{ column }}{{ ", " if not loop.last }}{% endfor %}

{% endtest %}
