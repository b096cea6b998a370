-- One row per incident of being missing or away, joined over all returns that hold it: timelines.md 3.
with spell as (

    select
        version.*,
        {{ spell_end() }}
    from {{ ref('int_timeline_ssda903__missing_version') }} as version
    where version.valid_to_return_year is null

)

select
    spell.spell_key as missing_from_care_spell_key,
    spell.child_key,
    {{ person_key() }} as person_key,
    spell.la_code,
    {{ spell_dates() }},
    spell.missing_type_code,
    spell.missing_type_label,
    {{ is_overlapping() }} as is_overlapping,
    {{ spell_returns() }}
from spell
{{ join_person("'ssda903'", 'spell.spell_start_date') }}
