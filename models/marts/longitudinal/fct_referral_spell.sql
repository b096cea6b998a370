-- One row per referral of a child, joined over all returns that hold it: timelines.md 3.
with {{ spells_with_end(
    'int_timeline_cin_census__referral_version', 'cin_closure_date', derived='standing.closure_date is null', derived_code='NO_FURTHER_ACTION'
) }}

select
    spell.spell_key as referral_spell_key,
    spell.child_key,
    {{ person_key() }} as person_key,
    spell.la_code,
    {{ spell_dates() }},
    spell.referral_source_code,
    spell.referral_source_label,
    spell.primary_need_code,
    spell.primary_need_label,
    spell.reason_for_closure_code,
    spell.reason_for_closure_label,
    spell.conference_date,
    spell.is_no_further_action,
    {{ is_overlapping() }} as is_overlapping,
    {{ spell_returns() }}
from spell
{{ join_person("'cin_census'", 'spell.referral_date') }}
