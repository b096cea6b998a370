{#- What: of columns that follow one another (dates, years, bounds) a later one is smaller than an earlier one; nulls
    are left out, equal values are in order.
    When it matters: in our own facts and wherever a model promises it. A return's own dates are the business of the
    data-quality models.
    How to resolve: mend the row of the seed, or the rule that made the dates. -#}
{% test in_order(model, columns) %}

select *
from {{ model }}
where
    false
    {%- for earlier in columns %}
    {%- for later in columns[loop.index:] %}
    or {{ earlier }} > {{ later }}
    {%- endfor %}
    {%- endfor %}

{% endtest %}
