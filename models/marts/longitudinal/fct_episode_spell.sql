-- One row per episode on the timeline of a child, repaired over all returns: timelines.md 4. Short breaks included.
with spell as (

    select * from {{ ref('int_timeline_ssda903__episode') }}
    where not is_covered

),

in_period as (

    select
        episode_spell_key,
        placement_spell_key,
        legal_status_spell_key
    from {{ ref('int_timeline_ssda903__episode_in_period') }}

)

select
    spell.episode_spell_key,
    spell.child_key,
    {{ person_key() }} as person_key,
    spell.la_code,
    spell.care_period_key,
    spell.short_break_spell_key,
    in_period.placement_spell_key,
    in_period.legal_status_spell_key,
    spell.episode_start_date as start_date,
    spell.start_rule_code,
    spell.episode_end_date as end_date,
    spell.end_source,
    spell.end_rule_code,
    {{ end_effective_date('spell.episode_end_date', 'spell.end_source') }} as end_effective_date,
    {{ nights('spell.episode_start_date', 'spell.episode_end_date', 'spell.data_cutoff_date') }} as nights,
    spell.reason_new_episode_code,
    reason_new_episode.label as reason_new_episode_label,
    spell.legal_status_code,
    legal_status_group.legal_status_group,
    spell.category_of_need_code,
    spell.placement_type_code,
    placement_group.setting,
    placement_group.national_group,
    coalesce(placement_group.is_temporary, false) as is_temporary,
    spell.placement_provider_code,
    spell.placement_urn,
    spell.home_sector,
    spell.placement_sector,
    spell.reason_episode_ceased_code,
    spell.reason_placement_change_code,
    spell.is_short_break,
    {{ spell_returns('spell.episode_start_date', 'spell.episode_end_date') }}
from spell
left join in_period on spell.episode_spell_key = in_period.episode_spell_key
left join {{ ref('code_reason_new_episode') }} as reason_new_episode
    on spell.reason_new_episode_code = reason_new_episode.code
left join {{ ref('config_legal_status_group') }} as legal_status_group
    on spell.legal_status_code = legal_status_group.code
left join {{ ref('config_placement_group') }} as placement_group on spell.placement_type_code = placement_group.code
{{ join_person("'ssda903'", 'spell.episode_start_date') }}
