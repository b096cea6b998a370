-- One row per assessment of a referral, joined over all returns that hold it: timelines.md 3.
with {{ spells_with_end('int_timeline_cin_census__assessment_version', 'assessment_authorisation_date') }}

select
    spell.spell_key as assessment_spell_key,
    spell.child_key,
    {{ person_key() }} as person_key,
    spell.la_code,
    spell.referral_spell_key,
    {{ spell_dates() }},
    spell.internal_review_date,
    spell.authorisation_date,
    coalesce(spell.end_source = 'reported', false) as is_authorised,
    {{ spell_returns() }}
from spell
{{ join_person("'cin_census'", 'spell.referral_date') }}
