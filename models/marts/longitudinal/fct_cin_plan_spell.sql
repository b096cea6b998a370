-- One row per child in need plan of a referral, joined over all returns that hold it: timelines.md 3.
with {{ spells_with_end('int_timeline_cin_census__cin_plan_version', 'cin_plan_end_date') }}

select
    spell.spell_key as cin_plan_spell_key,
    spell.child_key,
    {{ person_key() }} as person_key,
    spell.la_code,
    spell.referral_spell_key,
    {{ spell_dates() }},
    {{ is_overlapping() }} as is_overlapping,
    {{ spell_returns() }}
from spell
{{ join_person("'cin_census'", 'spell.referral_date') }}
