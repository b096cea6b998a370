-- One row per episode of the timeline, short breaks included, with the keys of every dimension of the sufficiency star.
with episode as (

    select
        episode.*,
        lead(episode.reason_new_episode_code) over (
            partition by coalesce(episode.care_period_key, episode.short_break_spell_key) order by episode.start_date
        ) as next_reason_new_episode_code
    from {{ ref('fct_episode_spell') }} as episode

),

place as (

    select * from {{ ref('int_sufficiency__placement_place') }}

)

select
    episode.episode_spell_key,
    episode.care_period_key,
    episode.placement_spell_key,
    child.looked_after_child_key,
    authority.ons_code as area_key,
    -- a code that no list knows is kept as sent in fct_episode_spell and stands under -1 here
    coalesce(placement_type.placement_type_key, '-1') as placement_type_key,
    coalesce(placement_provider.placement_provider_key, '-1') as placement_provider_key,
    case
        when episode.placement_urn is null then '-1'
        when trim(episode.placement_urn, 'X') = '' then '-3'
        else coalesce(provider.provider_key, '-2')
    end as provider_key,
    coalesce(legal_status.legal_status_key, '-1') as legal_status_key,
    coalesce(category_of_need.category_of_need_key, '-1') as category_of_need_key,
    coalesce(reason_new_episode.reason_new_episode_key, '-1') as reason_new_episode_key,
    case
        when episode.end_date is null then '-2'
        else coalesce(reason_episode_ceased.reason_episode_ceased_key, '-1')
    end as reason_episode_ceased_key,
    case
        when reason_placement_change.reason_placement_change_key is not null
            then reason_placement_change.reason_placement_change_key
        when coalesce(episode.next_reason_new_episode_code, '') in ('P', 'B', 'T', 'U') then '-1'
        else '-2'
    end as reason_placement_change_key,
    case
        when episode.home_sector is null then '-1' else coalesce(home_sector.postcode_sector_key, '-2')
    end as home_sector_key,
    case
        when episode.placement_sector is null then '-1' else coalesce(placement_sector.postcode_sector_key, '-2')
    end as placement_sector_key,
    coalesce(placement_sector.area_key, '-1') as placement_area_key,
    coalesce(start_day.date_key, -1) as start_date_key,
    coalesce(end_day.date_key, -1) as end_date_key,
    episode.la_code,
    episode.start_date,
    episode.end_date,
    episode.end_effective_date,
    episode.end_source,
    episode.end_rule_code,
    episode.nights,
    episode.is_short_break,
    episode.is_temporary,
    place.placement_group,
    place.provider_group,
    place.placement_locality,
    place.is_locality_uncertain,
    place.is_out_of_borough,
    place.placement_distance_miles,
    place.distance_band,
    place.is_over_20_and_out,
    episode.first_return_year,
    episode.last_return_year
from episode
inner join {{ ref('dim_looked_after_child') }} as child
    on episode.child_key = child.child_key and episode.person_key = child.person_key
inner join {{ ref('ref_authority') }} as authority on episode.la_code = authority.la_code
left join place on episode.episode_spell_key = place.episode_spell_key
left join {{ ref('dim_placement_type') }} as placement_type
    on episode.placement_type_code = placement_type.placement_type_code
left join {{ ref('dim_placement_provider') }} as placement_provider
    on episode.placement_provider_code = placement_provider.placement_provider_code
left join {{ ref('dim_provider') }} as provider on episode.placement_urn = provider.provider_urn
left join {{ ref('dim_legal_status') }} as legal_status on episode.legal_status_code = legal_status.legal_status_code
left join {{ ref('dim_category_of_need') }} as category_of_need
    on episode.category_of_need_code = category_of_need.category_of_need_code
left join {{ ref('dim_reason_new_episode') }} as reason_new_episode
    on episode.reason_new_episode_code = reason_new_episode.reason_new_episode_code
left join {{ ref('dim_reason_episode_ceased') }} as reason_episode_ceased
    on episode.reason_episode_ceased_code = reason_episode_ceased.reason_episode_ceased_code
left join {{ ref('dim_reason_placement_change') }} as reason_placement_change
    on episode.reason_placement_change_code = reason_placement_change.reason_placement_change_code
left join {{ ref('dim_postcode_sector') }} as home_sector on episode.home_sector = home_sector.postcode_sector_key
left join {{ ref('dim_postcode_sector') }} as placement_sector
    on episode.placement_sector = placement_sector.postcode_sector_key
left join {{ ref('dim_date') }} as start_day on episode.start_date = start_day.calendar_date
left join {{ ref('dim_date') }} as end_day on episode.end_date = end_day.calendar_date
