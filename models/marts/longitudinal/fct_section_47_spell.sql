-- One row per section 47 enquiry of a referral, joined over all returns that hold it: timelines.md 3. It has no end.
with spell as (

    select
        version.*,
        cast(null as date) as end_date
    from {{ ref('int_timeline_cin_census__section_47_version') }} as version
    where version.valid_to_return_year is null

)

select
    spell.spell_key as section_47_spell_key,
    spell.child_key,
    {{ person_key() }} as person_key,
    spell.la_code,
    spell.referral_spell_key,
    spell.spell_start_date as start_date,
    case when spell.is_start_moved then 'SHIFT' end as start_rule_code,
    spell.conference_target_date,
    spell.conference_date,
    spell.is_conference_not_required,
    spell.spell_start_date < spell.window_start_date as is_left_censored,
    spell.is_bridged,
    spell.n_returns,
    spell.first_return_year,
    spell.last_return_year,
    spell.window_start_date,
    spell.data_cutoff_date
from spell
{{ join_person("'cin_census'", 'spell.referral_date') }}
