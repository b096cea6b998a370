-- One row per placement of a period of care, temporary ones included, with its dimensions and how it ended.
with placement as (

    select * from {{ ref('fct_placement_spell') }}

),

-- the last episode of a placement speaks for it
episode as (

    select *
    from {{ ref('fct_sufficiency_episode') }}
    where placement_spell_key is not null
    qualify row_number() over (partition by placement_spell_key order by start_date desc) = 1

),

move as (

    select * from {{ ref('int_sufficiency__placement_move') }}

)

select
    placement.placement_spell_key,
    placement.care_period_key,
    placement.placement_number,
    episode.looked_after_child_key,
    episode.area_key,
    episode.placement_type_key,
    episode.placement_provider_key,
    episode.provider_key,
    episode.legal_status_key,
    episode.category_of_need_key,
    episode.home_sector_key,
    episode.placement_sector_key,
    episode.placement_area_key,
    episode.reason_episode_ceased_key,
    episode.reason_placement_change_key,
    coalesce(start_day.date_key, -1) as start_date_key,
    episode.end_date_key,
    placement.la_code,
    placement.start_date,
    placement.end_date,
    placement.end_effective_date,
    placement.nights,
    placement.n_episodes,
    placement.n_temporary_stays,
    placement.is_temporary,
    coalesce(move.is_move, false) as is_move,
    move.move_reason_group,
    episode.placement_group,
    episode.provider_group,
    episode.placement_locality,
    episode.is_locality_uncertain,
    episode.is_out_of_borough,
    episode.placement_distance_miles,
    episode.distance_band,
    episode.is_over_20_and_out,
    placement.first_return_year,
    placement.last_return_year
from placement
inner join episode on placement.placement_spell_key = episode.placement_spell_key
left join move on placement.placement_spell_key = move.placement_spell_key
left join {{ ref('dim_date') }} as start_day on placement.start_date = start_day.calendar_date
