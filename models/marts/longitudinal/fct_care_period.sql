-- One row per period of care: episodes that follow one another without a day between (timelines.md 4).
with episode as (

    select
        episode.*,
        row_number() over (
            partition by episode.care_period_key order by episode.episode_start_date
        ) as number_from_first,
        row_number() over (
            partition by episode.care_period_key order by episode.episode_start_date desc
        ) as number_from_last
    from {{ ref('int_timeline_ssda903__episode_in_period') }} as episode

),

-- temporary stays are no placements of their own for counting
placement as (

    select
        care_period_key,
        cast(count(distinct placement_spell_key) as integer) as n_placements
    from episode
    where not is_temporary
    group by care_period_key

),

spell as (

    select
        care_period_key,
        child_key,
        la_code,
        min(episode_start_date) as start_date,
        cast(count(*) as integer) as n_episodes,
        max(case when number_from_first = 1 then start_rule_code end) as start_rule_code,
        max(case when number_from_first = 1 then reason_new_episode_code end) as first_reason_new_episode_code,
        max(case when number_from_first = 1 then legal_status_code end) as first_legal_status_code,
        max(case when number_from_first = 1 then category_of_need_code end) as first_category_of_need_code,
        max(case when number_from_first = 1 then placement_type_code end) as first_placement_type_code,
        max(case when number_from_last = 1 then legal_status_code end) as last_legal_status_code,
        max(case when number_from_last = 1 then category_of_need_code end) as last_category_of_need_code,
        max(case when number_from_last = 1 then placement_type_code end) as last_placement_type_code,
        max(case when number_from_last = 1 then episode_end_date end) as end_date,
        max(case when number_from_last = 1 then end_source end) as end_source,
        max(case when number_from_last = 1 then end_rule_code end) as end_rule_code,
        max(case when number_from_last = 1 then reason_episode_ceased_code end) as last_reason_episode_ceased_code,
        min(first_return_year) as first_return_year,
        max(last_return_year) as last_return_year,
        min(window_start_date) as window_start_date,
        max(data_cutoff_date) as data_cutoff_date
    from episode
    group by care_period_key, child_key, la_code

),

-- a year that was never sent between two that hold the period
sent as (

    select
        la_code,
        collection_year,
        return_number
    from {{ ref('int_timeline__return') }}
    where return_name = 'ssda903' and table_name = 'episodes'

)

select
    spell.care_period_key,
    spell.child_key,
    {{ person_key() }} as person_key,
    spell.la_code,
    spell.start_date,
    spell.start_rule_code,
    spell.end_date,
    spell.end_source,
    spell.end_rule_code,
    {{ end_effective_date('spell.end_date', 'spell.end_source') }} as end_effective_date,
    {{ nights('spell.start_date', 'spell.end_date', 'spell.data_cutoff_date') }} as nights,
    case
        when spell.end_date is null then null
        when coalesce(spell.last_reason_episode_ceased_code, 'X1') = 'X1' then 'not known'
        else spell.last_reason_episode_ceased_code
    end as reason_ceased,
    leaving_care_group.leaving_care_group,
    spell.first_reason_new_episode_code,
    coalesce(spell.first_reason_new_episode_code = 'S', false) as is_start_a_start_of_care,
    spell.first_legal_status_code,
    spell.first_category_of_need_code,
    spell.first_placement_type_code,
    spell.last_legal_status_code,
    spell.last_category_of_need_code,
    spell.last_placement_type_code,
    spell.n_episodes,
    coalesce(placement.n_placements, 0) as n_placements,
    spell.start_date < spell.window_start_date as is_left_censored,
    spell.end_date is null as is_right_censored,
    spell.last_return_year - spell.first_return_year > last_sent.return_number - first_sent.return_number as is_bridged,
    spell.first_return_year,
    spell.last_return_year,
    spell.window_start_date,
    spell.data_cutoff_date
from spell
inner join sent as first_sent
    on spell.la_code = first_sent.la_code and spell.first_return_year = first_sent.collection_year
inner join sent as last_sent
    on spell.la_code = last_sent.la_code and spell.last_return_year = last_sent.collection_year
left join placement on spell.care_period_key = placement.care_period_key
left join {{ ref('config_leaving_care_group') }} as leaving_care_group
    on spell.last_reason_episode_ceased_code = leaving_care_group.code and leaving_care_group.is_end_of_care
{{ join_person("'ssda903'", 'spell.start_date') }}
