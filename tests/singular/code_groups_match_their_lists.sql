-- What: a code of a list has no row in the seed that groups it, or two, or a group has a code the list does not know.
-- When it matters: always; the code would fall out of every measure by that group, or count twice.
-- How to resolve: add the code to the seed named here, or take it out; both lie in seeds/.
{% set groups = [
    ('config_sex', 'code_sex'),
    ('config_ethnic_group', 'code_ethnicity'),
    ('config_legal_status_group', 'code_legal_status'),
    ('config_placement_group', 'code_placement_type'),
    ('config_provider_group', 'code_placement_provider'),
    ('config_placement_category', 'code_placement_type'),
    ('config_move_reason_group', 'code_reason_placement_change'),
    ('config_leaving_care_group', 'code_reason_episode_ceased'),
    ('config_accommodation_group', 'code_accommodation'),
    ('config_activity_group', 'code_activity'),
    ('config_review_participation_group', 'code_review_participation'),
] -%}

with matched as (

    {% for group_seed, code_list in groups -%}
        select
            '{{ group_seed }}' as group_seed,
            coalesce(listed.code, grouped.code) as code,
            listed.code is not null and grouped.code is not null as is_matched
        from {{ ref(code_list) }} as listed
        full outer join {{ ref(group_seed) }} as grouped on listed.code = grouped.code
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    group_seed,
    code,
    count(*) as n_rows
from matched
group by group_seed, code
having count(*) > 1 or not bool_and(is_matched)
