-- What: a dimension of the sufficiency star has no row for what is not known (key -1), or more than one.
-- When it matters: always; an episode with a missing or unknown value would fall out of a dashboard, or count twice.
-- How to resolve: the row stands in the second half of the dimension's own model, models/marts/sufficiency.
{% set dimensions = [
    ('dim_looked_after_child', 'looked_after_child_key'),
    ('dim_placement_type', 'placement_type_key'),
    ('dim_placement_provider', 'placement_provider_key'),
    ('dim_provider', 'provider_key'),
    ('dim_legal_status', 'legal_status_key'),
    ('dim_category_of_need', 'category_of_need_key'),
    ('dim_reason_new_episode', 'reason_new_episode_key'),
    ('dim_reason_episode_ceased', 'reason_episode_ceased_key'),
    ('dim_reason_placement_change', 'reason_placement_change_key'),
    ('dim_postcode_sector', 'postcode_sector_key'),
    ('dim_area', 'area_key'),
    ('dim_date', 'date_key'),
] -%}

with unknown_row as (

    {% for dimension, key in dimensions -%}
        select
            '{{ dimension }}' as dimension,
            count(*) filter (where cast({{ key }} as varchar) = '-1') as n_unknown
        from {{ ref(dimension) }}
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select *
from unknown_row
where n_unknown <> 1
