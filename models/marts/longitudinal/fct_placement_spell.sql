-- One row per placement of a child in a period of care: episodes joined where the child did not move (timelines.md 4).
with episode as (

    select
        episode.*,
        row_number() over (
            partition by episode.placement_spell_key order by episode.episode_start_date
        ) as number_from_first,
        row_number() over (
            partition by episode.placement_spell_key order by episode.episode_start_date desc
        ) as number_from_last
    from {{ ref('int_timeline_ssda903__episode_in_period') }} as episode

),

spell as (

    select
        placement_spell_key,
        care_period_key,
        child_key,
        la_code,
        min(episode_start_date) as start_date,
        cast(count(*) as integer) as n_episodes,
        min(is_temporary) as is_temporary,
        cast(count(*) filter (where is_temporary) as integer) as n_temporary_stays,
        max(case when number_from_first = 1 then start_rule_code end) as start_rule_code,
        max(case when number_from_first = 1 then reason_new_episode_code end) as reason_new_episode_code,
        max(case when number_from_first = 1 then placement_type_code end) as first_placement_type_code,
        max(case when number_from_last = 1 then placement_type_code end) as placement_type_code,
        max(case when number_from_last = 1 then placement_provider_code end) as placement_provider_code,
        max(case when number_from_last = 1 then placement_urn end) as placement_urn,
        max(case when number_from_last = 1 then home_sector end) as home_sector,
        max(case when number_from_last = 1 then placement_sector end) as placement_sector,
        max(case when number_from_last = 1 then reason_placement_change_code end) as reason_placement_change_code,
        max(case when number_from_last = 1 then reason_episode_ceased_code end) as reason_episode_ceased_code,
        max(case when number_from_last = 1 then episode_end_date end) as end_date,
        max(case when number_from_last = 1 then end_source end) as end_source,
        max(case when number_from_last = 1 then end_rule_code end) as end_rule_code,
        max(is_bridged) as is_bridged,
        min(first_return_year) as first_return_year,
        max(last_return_year) as last_return_year,
        min(window_start_date) as window_start_date,
        max(data_cutoff_date) as data_cutoff_date
    from episode
    group by placement_spell_key, care_period_key, child_key, la_code

)

select
    spell.placement_spell_key,
    spell.child_key,
    {{ person_key() }} as person_key,
    spell.la_code,
    spell.care_period_key,
    cast(row_number() over (partition by spell.care_period_key order by spell.start_date) as integer)
        as placement_number,
    spell.start_date,
    spell.start_rule_code,
    spell.end_date,
    spell.end_source,
    spell.end_rule_code,
    {{ end_effective_date('spell.end_date', 'spell.end_source') }} as end_effective_date,
    {{ nights('spell.start_date', 'spell.end_date', 'spell.data_cutoff_date') }} as nights,
    spell.reason_new_episode_code,
    spell.first_placement_type_code,
    spell.placement_type_code,
    placement_group.setting,
    placement_group.setting_label,
    placement_group.national_group,
    spell.is_temporary,
    spell.n_temporary_stays,
    spell.placement_provider_code,
    spell.placement_urn,
    spell.home_sector,
    spell.placement_sector,
    spell.reason_placement_change_code,
    spell.reason_episode_ceased_code,
    spell.n_episodes,
    spell.start_date < spell.window_start_date as is_left_censored,
    spell.end_date is null as is_right_censored,
    spell.is_bridged,
    spell.first_return_year,
    spell.last_return_year,
    spell.window_start_date,
    spell.data_cutoff_date
from spell
left join {{ ref('config_placement_group') }} as placement_group on spell.placement_type_code = placement_group.code
{{ join_person("'ssda903'", 'spell.start_date') }}
