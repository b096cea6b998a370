-- Every child looked after at the end of a quarter with where it is placed and which signs of unmet need its placement
-- shows: docs/rules/sufficiency.md 1, 2 and 6.
with parameter as (

    select
        max(case when parameter = 'temporary_stay_over_days' then value end) as stay_over_days,
        max(case when parameter = 'placements_in_12_months_from' then value end) as many_placements_from,
        max(case when parameter = 'childrens_home_under_age' then value end) as childrens_home_under_age
    from {{ ref('config_sufficiency_parameter') }}

),

-- How long a temporary stay has lasted: a change of legal status within it does not start it anew.
temporary_episode as (

    select
        episode_spell_key,
        care_period_key,
        placement_type_code,
        start_date,
        case
            when
                start_date = lag(end_date) over of_type
                and placement_type_code = lag(placement_type_code) over of_type
                then 0
            else 1
        end as is_first
    from {{ ref('fct_episode_spell') }}
    where is_temporary and care_period_key is not null
    window of_type as (partition by care_period_key order by start_date)

),

temporary_stay as (

    select
        episode_spell_key,
        placement_type_code,
        max(case when is_first = 1 then start_date end) over (
            partition by care_period_key order by start_date
            rows between unbounded preceding and current row
        ) as stay_start_date
    from temporary_episode

),

placed as (

    select
        child.*,
        place.placement_la_code,
        place.placement_country,
        place.placement_locality,
        place.is_out_of_borough,
        place.placement_distance_miles,
        place.is_over_20_and_out,
        case
            when child.age < 16 then '0-15'
            when child.age >= 18 then '18+'
            else coalesce(cast(child.age as varchar), 'unknown')
        end as age_of_supported
    from {{ ref('int_measure__looked_after_child') }} as child
    inner join {{ ref('int_sufficiency__placement_place') }} as place
        on child.episode_spell_key = place.episode_spell_key

),

-- A placement that looks unregistered. Where a placement lies outside England Ofsted has no reference to give.
unregistered as (

    select distinct
        placed.child_key,
        placed.period_end
    from placed
    inner join {{ ref('config_unregistered_placement') }} as sign
        on
            placed.placement_type_code = sign.placement_type_code
            and placed.period_end >= sign.from_date
    where
        (sign.under_age = 999 or placed.age < sign.under_age)
        and (
            not sign.is_without_urn
            or (
                (placed.placement_urn is null or trim(placed.placement_urn, 'X') = '')
                and coalesce(placed.placement_country, 'England') = 'England'
            )
        )

),

-- the child came to its placement by a move that was not planned
unplanned_move as (

    select next_placement_spell_key as placement_spell_key
    from {{ ref('int_sufficiency__placement_move') }}
    where is_reason_counted and reason_placement_change_code <> 'CARPL'

),

signed as (

    select
        placed.*,
        unregistered.child_key is not null as is_unregistered,
        placed.is_over_20_and_out and unplanned_move.placement_spell_key is not null as is_far_after_unplanned_move,
        coalesce(
            temporary_stay.placement_type_code in ('T0', 'T4')
            and {{ days_between('temporary_stay.stay_start_date', 'placed.period_end') }} > parameter.stay_over_days,
            false
        ) as is_long_temporary_stay,
        -- null where the returns do not reach back 12 months
        placed.placement_count_12_months >= parameter.many_placements_from as has_many_placements,
        coalesce(placed.placement_type_code = 'K2' and placed.age < parameter.childrens_home_under_age, false)
            as is_young_in_childrens_home
    from placed
    cross join parameter
    left join unregistered
        on placed.child_key = unregistered.child_key and placed.period_end = unregistered.period_end
    left join temporary_stay on placed.episode_spell_key = temporary_stay.episode_spell_key
    left join unplanned_move on placed.placement_spell_key = unplanned_move.placement_spell_key

)

select
    la_code,
    child_key,
    person_key,
    collection_year,
    period_end,
    placement_type_code,
    placement_provider_code,
    placement_la_code,
    placement_locality,
    is_out_of_borough,
    placement_distance_miles,
    is_over_20_and_out,
    age_of_supported as age,
    age_band_cla,
    sex,
    ethnic_group,
    uasc,
    legal_status_group,
    placement_group,
    provider_group,
    is_unregistered,
    is_far_after_unplanned_move,
    is_long_temporary_stay,
    has_many_placements,
    is_young_in_childrens_home,
    is_unregistered
    or is_far_after_unplanned_move
    or is_long_temporary_stay
    or coalesce(has_many_placements, false)
    or is_young_in_childrens_home as has_sign_of_unmet_need
from signed
