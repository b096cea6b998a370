{#- What: two spells of one kind share a day for one child. A spell ends the day before its end date; one without an end
    goes on; one that ends as it starts, or that has no start, shares no day.
    When it matters: where our own rules made the spells, always: a child would be in two places and be counted twice. Where
    a return tells them as they are (referrals, plans), it is for the authority to mend, and the test warns.
    How to resolve: see fct_episode_repair or fct_conflict for the child; either a rule lets an overlap through, or the
    return holds both. -#}
{% test no_overlapping_spells(model, child, start_date, end_date) %}

select *
from (
    select
        {{ child }} as child,
        {{ start_date }} as start_date,
        {{ end_date }} as end_date,
        max(coalesce({{ end_date }}, date '9999-12-31')) over (
            partition by {{ child }}
            order by {{ start_date }}, coalesce({{ end_date }}, date '9999-12-31')
            rows between unbounded preceding and 1 preceding
        ) as former_end_date
    from {{ model }}
    where
        {{ start_date }} is not null
        and ({{ end_date }} is null or {{ end_date }} > {{ start_date }})
) as spell
where start_date < former_end_date

{% endtest %}
