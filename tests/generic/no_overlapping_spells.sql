{#- What: two spells of one kind share a day for one child. A spell ends the day before its end date; one without an end
    goes on; one that ends as it starts, or that has no start, shares no day.
    When it matters: always where our own rules made the end: a child would be counted twice, or be in two places.
    How to resolve: see fct_episode_repair or fct_conflict for the child: a rule lets an overlap through.
    `told`: a condition under which the end of a spell, or that it is open, is what a return tells. Of referrals and plans a
    return may tell two at once (timelines.md 3): what such a spell runs into is no failure here but a finding for the
    authority (referrals_overlap, plans_overlap), and is_overlapping shows it. -#}
{% test no_overlapping_spells(model, child, start_date, end_date, told="false") %}

select *
from (
    select
        {{ child }} as child,
        {{ start_date }} as start_date,
        {{ end_date }} as end_date,
        max(case when not ({{ told }}) then coalesce({{ end_date }}, date '9999-12-31') end) over (
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
