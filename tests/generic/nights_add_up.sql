{#- What: the nights of a spell are not the days from its start to its end, or to the data cutoff while it is open;
    never fewer than none.
    When it matters: always; every duration and every cost rests on nights.
    How to resolve: look at the dates of the spell; an end before the start must have been repaired. -#}
{% test nights_add_up(model, nights="nights") %}

select
    start_date,
    end_date,
    data_cutoff_date,
    {{ nights }} as nights
from {{ model }}
where
    {{ nights }} is null
    or {{ nights }} < 0
    or start_date + cast({{ nights }} as integer) <> coalesce(end_date, greatest(start_date, data_cutoff_date))

{% endtest %}
