-- One row per pre-proceedings block of a referral, joined over all returns that hold it: timelines.md 3.
with {{ spells_with_end('int_timeline_cin_census__pre_proceedings_version', 'step_decision_date') }}

select
    spell.spell_key as pre_proceedings_spell_key,
    spell.child_key,
    {{ person_key() }} as person_key,
    spell.la_code,
    spell.referral_spell_key,
    {{ spell_dates(start_rule="case
        when spell.is_start_moved then 'SHIFT'
        when spell.pre_proceedings_start_date is null then 'FIRST_DATE'
    end") }},
    spell.letter_before_proceedings_date,
    spell.is_family_group_meeting_offered,
    spell.is_family_group_meeting_facilitated,
    spell.initial_meeting_date,
    spell.n_review_meetings,
    spell.outcome_code,
    spell.outcome_label,
    spell.court_application_date,
    spell.care_proceedings_letter_date,
    {{ spell_returns() }}
from spell
{{ join_person("'cin_census'", 'spell.referral_date') }}
