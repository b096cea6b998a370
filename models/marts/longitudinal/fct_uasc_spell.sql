-- One row per child who is or was an unaccompanied asylum-seeking child in care: timelines.md 3.
with {{ spells_with_end('int_timeline_ssda903__uasc_version', 'duc') }}

select
    spell.spell_key as uasc_spell_key,
    spell.child_key,
    {{ person_key() }} as person_key,
    spell.la_code,
    {{ spell_dates(start_rule="'FIRST_CARE_PERIOD'") }},
    {{ spell_returns() }}
from spell
{{ join_person("'ssda903'", 'spell.spell_start_date') }}
