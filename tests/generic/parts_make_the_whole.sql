{#- What: the parts of a spell (episodes, placements, legal statuses of a care period) do not make it up: first start,
    last end, nights or presence differ.
    When it matters: always; what is counted by parts would not be what is counted whole.
    How to resolve: both come from the same episodes; look at the key in both models to see which rule lost or doubled one.
    `whole`, `key`: the model of the whole and its key, which both have; a part without it belongs to none. -#}
{% test parts_make_the_whole(model, whole, key) %}

select
    coalesce(part.spell_key, whole.{{ key }}) as spell_key,
    part.nights as nights_of_parts,
    whole.nights as nights_of_whole
from (
    select
        {{ key }} as spell_key,
        min(start_date) as start_date,
        max(end_date) as last_end_date,
        count(*) filter (where end_date is null) as n_open,
        sum(nights) as nights
    from {{ model }}
    where {{ key }} is not null
    group by {{ key }}
) as part
full outer join {{ whole }} as whole on part.spell_key = whole.{{ key }}
where
    part.spell_key is null
    or whole.{{ key }} is null
    or part.nights <> whole.nights
    or part.start_date <> whole.start_date
    or part.n_open <> case when whole.end_date is null then 1 else 0 end
    or (whole.end_date is not null and part.last_end_date <> whole.end_date)

{% endtest %}
