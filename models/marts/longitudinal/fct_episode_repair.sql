-- Every rule that touched an episode of a return, with what stood before and after: one row per row and rule.
-- Nothing is corrected in silence: an episode that is not on the timeline is here, with the one that stands for it.
with episode_row as (

    select * from {{ ref('int_timeline_ssda903__episode_row') }}

),

version as (

    select * from {{ ref('int_timeline_ssda903__episode_version') }}

),

episode as (

    select * from {{ ref('int_timeline_ssda903__episode') }}

),

set_aside as (

    select
        episode_row.set_aside_code as rule_code,
        episode_row.child_key,
        episode_row.la_code,
        episode_row.collection_year,
        episode_row.load_id,
        episode_row.row_number_in_file,
        version.spell_key as episode_spell_key,
        true as is_set_aside,
        episode_row.episode_start_date as start_date_before,
        version.spell_start_date as start_date_after,
        episode_row.episode_end_date as end_date_before,
        version.record_end_date as end_date_after,
        episode_row.reason_new_episode_code as reason_new_episode_code_before,
        version.spell_reason_new_episode_code as reason_new_episode_code_after,
        episode_row.reason_episode_ceased_code as reason_episode_ceased_code_before,
        version.reason_episode_ceased_code as reason_episode_ceased_code_after
    from episode_row
    left join version
        on
            episode_row.load_id = version.load_id
            and episode_row.child_key = version.child_key
            and episode_row.episode_start_date = version.record_start_date
    where episode_row.set_aside_code is not null

),

superseded as (

    select
        case
            when earlier.record_start_date <> earlier.spell_start_date then 'SHIFT'
            when
                {{ surrogate_key([
                    'earlier.reason_new_episode_code', 'earlier.legal_status_code', 'earlier.placement_type_code',
                    'earlier.placement_provider_code', 'earlier.placement_sector', 'earlier.placement_urn'
                ]) }}
                = {{ surrogate_key([
                    'later.reason_new_episode_code', 'later.legal_status_code', 'later.placement_type_code',
                    'later.placement_provider_code', 'later.placement_sector', 'later.placement_urn'
                ]) }}
                then 'DUP'
            else 'LATER_RETURN'
        end as rule_code,
        earlier.child_key,
        earlier.la_code,
        earlier.collection_year,
        earlier.load_id,
        earlier.row_number_in_file,
        earlier.spell_key as episode_spell_key,
        true as is_set_aside,
        earlier.record_start_date as start_date_before,
        later.record_start_date as start_date_after,
        earlier.record_end_date as end_date_before,
        later.record_end_date as end_date_after,
        earlier.reason_new_episode_code as reason_new_episode_code_before,
        later.spell_reason_new_episode_code as reason_new_episode_code_after,
        earlier.reason_episode_ceased_code as reason_episode_ceased_code_before,
        later.reason_episode_ceased_code as reason_episode_ceased_code_after
    from version as earlier
    inner join version as later
        on earlier.spell_key = later.spell_key and earlier.valid_to_return_year = later.collection_year

),

-- S or B of another row of the day, or of another return, stands
same_day as (

    select
        'SAME_DAY' as rule_code,
        version.child_key,
        version.la_code,
        version.collection_year,
        version.load_id,
        version.row_number_in_file,
        version.spell_key as episode_spell_key,
        false as is_set_aside,
        version.spell_start_date as start_date_before,
        version.spell_start_date as start_date_after,
        version.record_end_date as end_date_before,
        version.record_end_date as end_date_after,
        version.reason_new_episode_code as reason_new_episode_code_before,
        version.spell_reason_new_episode_code as reason_new_episode_code_after,
        version.reason_episode_ceased_code as reason_episode_ceased_code_before,
        version.reason_episode_ceased_code as reason_episode_ceased_code_after
    from version
    where
        version.valid_to_return_year is null
        and version.reason_new_episode_code is distinct from version.spell_reason_new_episode_code

),

repaired as (

    select
        episode.end_rule_code as rule_code,
        episode.child_key,
        episode.la_code,
        episode.collection_year,
        episode.load_id,
        episode.row_number_in_file,
        episode.episode_spell_key,
        episode.is_covered as is_set_aside,
        episode.episode_start_date as start_date_before,
        episode.episode_start_date as start_date_after,
        episode.record_end_date as end_date_before,
        case when not episode.is_covered then episode.episode_end_date end as end_date_after,
        episode.reason_new_episode_code as reason_new_episode_code_before,
        episode.reason_new_episode_code as reason_new_episode_code_after,
        episode.record_reason_episode_ceased_code as reason_episode_ceased_code_before,
        episode.reason_episode_ceased_code as reason_episode_ceased_code_after
    from episode
    where episode.end_rule_code is not null

),

reversed as (

    select
        'REVERSED' as rule_code,
        episode.child_key,
        episode.la_code,
        episode.collection_year,
        episode.load_id,
        episode.row_number_in_file,
        episode.episode_spell_key,
        episode.is_covered as is_set_aside,
        episode.episode_start_date as start_date_before,
        episode.episode_start_date as start_date_after,
        episode.record_end_date as end_date_before,
        case when not episode.is_covered then episode.episode_end_date end as end_date_after,
        episode.reason_new_episode_code as reason_new_episode_code_before,
        episode.reason_new_episode_code as reason_new_episode_code_after,
        episode.record_reason_episode_ceased_code as reason_episode_ceased_code_before,
        episode.reason_episode_ceased_code as reason_episode_ceased_code_after
    from episode
    where episode.record_end_date < episode.episode_start_date

),

spell as (

    select * from set_aside
    union all
    select * from superseded
    union all
    select * from same_day
    union all
    select * from repaired
    union all
    select * from reversed

)

select
    {{ surrogate_key(['spell.rule_code', 'spell.load_id', 'spell.row_number_in_file']) }} as episode_repair_key,
    spell.child_key,
    {{ person_key() }} as person_key,
    spell.la_code,
    spell.episode_spell_key,
    spell.rule_code,
    spell.collection_year,
    spell.load_id,
    spell.row_number_in_file,
    spell.is_set_aside,
    spell.start_date_before,
    spell.start_date_after,
    spell.end_date_before,
    spell.end_date_after,
    spell.reason_new_episode_code_before,
    spell.reason_new_episode_code_after,
    spell.reason_episode_ceased_code_before,
    spell.reason_episode_ceased_code_after
from spell
{{ join_person("'ssda903'", 'spell.start_date_after', return_year='spell.collection_year') }}
