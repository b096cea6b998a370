-- One row per run of one legal status inside a period of care: episodes that follow one another with the same status.
with episode as (

    select
        episode.*,
        row_number() over (
            partition by episode.legal_status_spell_key order by episode.episode_start_date
        ) as number_from_first,
        row_number() over (
            partition by episode.legal_status_spell_key order by episode.episode_start_date desc
        ) as number_from_last
    from {{ ref('int_timeline_ssda903__episode_in_period') }} as episode

),

spell as (

    select
        legal_status_spell_key,
        care_period_key,
        child_key,
        la_code,
        legal_status_code,
        min(episode_start_date) as start_date,
        cast(count(*) as integer) as n_episodes,
        max(case when number_from_first = 1 then start_rule_code end) as start_rule_code,
        max(case when number_from_last = 1 then episode_end_date end) as end_date,
        max(case when number_from_last = 1 then end_source end) as end_source,
        max(case when number_from_last = 1 then end_rule_code end) as end_rule_code,
        max(is_bridged) as is_bridged,
        min(first_return_year) as first_return_year,
        max(last_return_year) as last_return_year,
        min(window_start_date) as window_start_date,
        max(data_cutoff_date) as data_cutoff_date
    from episode
    group by legal_status_spell_key, care_period_key, child_key, la_code, legal_status_code

)

select
    spell.legal_status_spell_key,
    spell.child_key,
    {{ person_key() }} as person_key,
    spell.la_code,
    spell.care_period_key,
    spell.start_date,
    spell.start_rule_code,
    spell.end_date,
    spell.end_source,
    spell.end_rule_code,
    {{ end_effective_date('spell.end_date', 'spell.end_source') }} as end_effective_date,
    {{ nights('spell.start_date', 'spell.end_date', 'spell.data_cutoff_date') }} as nights,
    spell.legal_status_code,
    legal_status.label as legal_status_label,
    legal_status_group.legal_status_group,
    legal_status_group.legal_status_group_label,
    spell.n_episodes,
    spell.start_date < spell.window_start_date as is_left_censored,
    spell.end_date is null as is_right_censored,
    spell.is_bridged,
    spell.first_return_year,
    spell.last_return_year,
    spell.window_start_date,
    spell.data_cutoff_date
from spell
left join {{ ref('code_legal_status') }} as legal_status on spell.legal_status_code = legal_status.code
left join {{ ref('config_legal_status_group') }} as legal_status_group
    on spell.legal_status_code = legal_status_group.code
{{ join_person("'ssda903'", 'spell.start_date') }}
