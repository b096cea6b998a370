-- How each lasting placement ended, one row per placement that is counted: whether the child moved to another one in
-- the same period of care, and why (docs/rules/sufficiency.md 3).
with lasting as (

    -- Temporary stays start no placement and end none: the next placement is the next lasting one.
    select
        *,
        lead(placement_spell_key) over of_period as next_placement_spell_key,
        lead(start_date) over of_period as next_start_date,
        lead(reason_new_episode_code) over of_period as next_reason_new_episode_code
    from {{ ref('fct_placement_spell') }}
    where not is_temporary
    window of_period as (partition by care_period_key order by start_date)

),

-- the group, provider and place of a placement are those of its last lasting episode
place as (

    select
        place.placement_spell_key,
        place.placement_group,
        place.provider_group,
        place.placement_locality,
        place.is_uasc_in_care_period
    from {{ ref('int_sufficiency__placement_place') }} as place
    inner join {{ ref('fct_episode_spell') }} as episode on place.episode_spell_key = episode.episode_spell_key
    where not place.is_temporary
    qualify row_number() over (partition by place.placement_spell_key order by episode.start_date desc) = 1

),

ended as (

    select
        lasting.*,
        place.placement_group,
        place.provider_group,
        place.placement_locality,
        place.is_uasc_in_care_period,
        move_group.move_reason_group,
        coalesce(lasting.next_reason_new_episode_code in ('P', 'B', 'T', 'U'), false) as is_move
    from lasting
    inner join place on lasting.placement_spell_key = place.placement_spell_key
    left join {{ ref('config_move_reason_group') }} as move_group
        on lasting.reason_placement_change_code = move_group.code

)

select
    placement_spell_key,
    care_period_key,
    child_key,
    la_code,
    start_date,
    end_date,
    first_placement_type_code,
    placement_type_code,
    placement_group,
    provider_group,
    placement_locality,
    is_uasc_in_care_period,
    next_placement_spell_key,
    next_start_date,
    is_move,
    case when is_move then reason_placement_change_code end as reason_placement_change_code,
    case when is_move then coalesce(move_reason_group, 'unknown') end as move_reason_group,
    -- A reason counts when it was sent for a move; an end that a rule put in (REPAIR) has none of its own.
    is_move
    and coalesce(move_reason_group, 'no_move') <> 'no_move'
    and coalesce(end_rule_code, '') <> 'REPAIR' as is_reason_counted
from ended
