{#- What: numbers or dates outside the range they can have by construction; both bounds are inside, a null one is open.
    When it matters: always; the rule that makes the column is broken.
    How to resolve: look at the rows; the inputs of the rule hold a case it does not know. -#}
{% test accepted_range(model, ranges) %}

{% for column, bounds in ranges.items() -%}
select
    '{{ column }}' as column_name,
    count(*) as n_rows
from {{ model }}
where
    {% if bounds[0] is not none %}{{ column }} < {{ bounds[0] }}{% else %}false{% endif %}
    or {% if bounds[1] is not none %}{{ column }} > {{ bounds[1] }}{% else %}false{% endif %}
having count(*) > 0
{{ "union all" if not loop.last }}
{% endfor %}

{% endtest %}
