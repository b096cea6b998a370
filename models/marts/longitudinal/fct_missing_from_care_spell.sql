-- One row per incident of being missing or away, joined over all returns that hold it: timelines.md 3.
with {{ spells_with_end('int_timeline_ssda903__missing_version', 'mis_end', is_exclusive=true) }}

select
    spell.spell_key as missing_from_care_spell_key,
    spell.child_key,
    {{ person_key() }} as person_key,
    spell.la_code,
    {{ spell_dates() }},
    spell.missing_type_code,
    spell.missing_type_label,
    {{ spell_returns() }}
from spell
{{ join_person("'ssda903'", 'spell.spell_start_date') }}
