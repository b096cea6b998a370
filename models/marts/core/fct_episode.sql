-- One row per episode of care, by its start date and reason, in each year that reports it.
with episode as (

    select * from {{ ref('int_ssda903__current_episode') }}

)

select
    episode.episode_key,
    episode.child_year_key,
    episode.child_key,
    episode.la_code,
    episode.collection_year,
    episode.reference_date,
    episode.load_id,
    episode.episode_start_date,
    episode.episode_end_date,
    {{ is_open_at('episode.episode_start_date', 'episode.episode_end_date', 'episode.reference_date') }}
        as is_open_at_reference_date,
    episode.reason_new_episode_code,
    episode.reason_new_episode_label,
    episode.legal_status_code,
    episode.legal_status_label,
    legal_status_group.legal_status_group,
    legal_status_group.legal_status_group_label,
    legal_status_group.is_short_break,
    episode.category_of_need_code,
    episode.category_of_need_label,
    episode.placement_type_code,
    episode.placement_type_label,
    placement_group.setting,
    placement_group.setting_label,
    placement_group.national_group,
    placement_group.is_temporary,
    episode.placement_provider_code,
    episode.placement_provider_label,
    episode.placement_urn,
    episode.home_sector,
    episode.placement_sector,
    episode.reason_episode_ceased_code,
    episode.reason_episode_ceased_label,
    leaving_care_group.leaving_care_group,
    leaving_care_group.is_end_of_care,
    episode.reason_placement_change_code,
    episode.reason_placement_change_label
from episode
left join {{ ref('config_legal_status_group') }} as legal_status_group
    on episode.legal_status_code = legal_status_group.code
left join {{ ref('config_placement_group') }} as placement_group
    on episode.placement_type_code = placement_group.code
left join {{ ref('config_leaving_care_group') }} as leaving_care_group
    on episode.reason_episode_ceased_code = leaving_care_group.code
