-- The episodes of care on the timeline, with the placement and the legal status they are part of: timelines.md 4.
-- One row per episode of a care period; short breaks and episodes set aside are not here.
with episode as (

    select
        episode.*,
        coalesce(placement_group.is_temporary, false) as is_temporary,
        coalesce(placement_group.is_foster, false) as is_foster,
        row_number() over (partition by episode.care_period_key order by episode.episode_start_date) as episode_number
    from {{ ref('int_timeline_ssda903__episode') }} as episode
    left join {{ ref('config_placement_group') }} as placement_group
        on episode.placement_type_code = placement_group.code
    where episode.care_period_key is not null

),

-- the lasting placements alone: whether the child came back to the former one after temporary stays
lasting as (

    select
        care_period_key,
        episode_number,
        coalesce(
            episode_number > lag(episode_number) over by_start + 1
            and placement_type_code = lag(placement_type_code) over by_start
            and placement_urn is not distinct from lag(placement_urn) over by_start
            and placement_sector is not distinct from lag(placement_sector) over by_start,
            false
        ) as is_return,
        lead(episode_number) over by_start as next_lasting_number
    from episode
    where not is_temporary
    window by_start as (partition by care_period_key order by episode_number)

),

-- each return to a placement makes the stays before it part of that placement
return_from as (

    select
        left_placement.care_period_key,
        left_placement.episode_number,
        left_placement.next_lasting_number
    from lasting as left_placement
    inner join lasting as came_back
        on
            left_placement.care_period_key = came_back.care_period_key
            and left_placement.next_lasting_number = came_back.episode_number
    where came_back.is_return

),

joined as (

    select
        episode.*,
        lag(episode.legal_status_code) over by_start as former_legal_status_code,
        episode.episode_number = 1 as is_first,
        coalesce(episode.reason_new_episode_code = 'L', false)
        or coalesce(
            episode.reason_new_episode_code in ('T', 'U')
            and (
                lag(episode.reason_placement_change_code) over by_start = 'PLACE'
                or (
                    episode.placement_type_code in ('A3', 'A5')
                    and lag(episode.is_foster) over by_start
                )
            ),
            false
        )
        or return_from.episode_number is not null as is_joined_to_former
    from episode
    left join return_from
        on
            episode.care_period_key = return_from.care_period_key
            and episode.episode_number > return_from.episode_number
            and episode.episode_number <= return_from.next_lasting_number
    window by_start as (partition by episode.care_period_key order by episode.episode_number)

),

numbered as (

    select
        joined.*,
        sum(case when joined.is_first or not joined.is_joined_to_former then 1 else 0 end) over by_start
            as placement_number,
        sum(
            case
                when
                    joined.is_first or joined.legal_status_code is distinct from joined.former_legal_status_code
                    then 1
                else 0
            end
        ) over by_start as legal_status_number
    from joined
    window
        by_start as (
            partition by joined.care_period_key order by joined.episode_number
            rows between unbounded preceding and current row
        )

),

dated as (

    select
        numbered.*,
        min(numbered.episode_start_date) over (partition by numbered.care_period_key, numbered.placement_number)
            as placement_start_date,
        min(numbered.episode_start_date) over (partition by numbered.care_period_key, numbered.legal_status_number)
            as legal_status_start_date
    from numbered

)

select
    {{ surrogate_key(["'placement'", 'dated.child_key', 'dated.placement_start_date']) }} as placement_spell_key,
    {{ surrogate_key(["'legal_status'", 'dated.child_key', 'dated.legal_status_start_date']) }}
        as legal_status_spell_key,
    dated.*
from dated
