-- What a later return tells otherwise about a spell than an earlier one, ends that a rule made, rows without a start:
-- one row per change.
with changed as (

    {{ conflicts_of('int_timeline_cin_census__referral_version', 'referral', 'cin_census', {
        'record_start_date': 'start_date',
        'record_end_date': 'end_date',
        'reason_for_closure_code': 'reason_for_closure_code',
        'referral_source_code': 'referral_source_code',
        'primary_need_code': 'primary_need_code',
        'conference_date': 'conference_date',
        'is_no_further_action': 'is_no_further_action'
    }) }}
    union all
    {{ conflicts_of('int_timeline_cin_census__assessment_version', 'assessment', 'cin_census', {
        'record_start_date': 'start_date',
        'record_end_date': 'end_date',
        'internal_review_date': 'internal_review_date'
    }, side_date='referral_date') }}
    union all
    {{ conflicts_of('int_timeline_cin_census__section_47_version', 'section_47', 'cin_census', {
        'record_start_date': 'start_date',
        'conference_target_date': 'conference_target_date',
        'conference_date': 'conference_date',
        'is_conference_not_required': 'is_conference_not_required'
    }, side_date='referral_date') }}
    union all
    {{ conflicts_of('int_timeline_cin_census__cin_plan_version', 'cin_plan', 'cin_census', {
        'record_start_date': 'start_date',
        'record_end_date': 'end_date'
    }, side_date='referral_date') }}
    union all
    {{ conflicts_of('int_timeline_cin_census__child_protection_plan_version', 'child_protection_plan', 'cin_census', {
        'record_start_date': 'start_date',
        'record_end_date': 'end_date',
        'initial_category_code': 'initial_category_code',
        'latest_category_code': 'latest_category_code',
        'n_previous_plans': 'n_previous_plans'
    }, side_date='referral_date') }}
    union all
    {{ conflicts_of('int_timeline_cin_census__pre_proceedings_version', 'pre_proceedings', 'cin_census', {
        'record_start_date': 'start_date',
        'record_end_date': 'end_date',
        'outcome_code': 'outcome_code',
        'letter_before_proceedings_date': 'letter_before_proceedings_date',
        'is_family_group_meeting_offered': 'is_family_group_meeting_offered',
        'is_family_group_meeting_facilitated': 'is_family_group_meeting_facilitated',
        'initial_meeting_date': 'initial_meeting_date',
        'n_review_meetings': 'n_review_meetings',
        'court_application_date': 'court_application_date',
        'care_proceedings_letter_date': 'care_proceedings_letter_date'
    }, side_date='referral_date') }}
    union all
    {{ conflicts_of('int_timeline_ssda903__episode_version', 'episode', 'ssda903', {
        'record_start_date': 'start_date',
        'record_end_date': 'end_date',
        'reason_new_episode_code': 'reason_new_episode_code',
        'legal_status_code': 'legal_status_code',
        'category_of_need_code': 'category_of_need_code',
        'placement_type_code': 'placement_type_code',
        'placement_provider_code': 'placement_provider_code',
        'placement_urn': 'placement_urn',
        'home_sector': 'home_sector',
        'placement_sector': 'placement_sector',
        'reason_episode_ceased_code': 'reason_episode_ceased_code',
        'reason_placement_change_code': 'reason_placement_change_code'
    }) }}
    union all
    {{ conflicts_of('int_timeline_ssda903__missing_version', 'missing_from_care', 'ssda903', {
        'record_start_date': 'start_date',
        'record_end_date': 'end_date'
    }) }}
    union all
    {{ conflicts_of('int_timeline_ssda903__uasc_version', 'uasc', 'ssda903', {
        'record_end_date': 'end_date'
    }) }}

),

-- an end that cannot be, or that runs into the next spell, is kept here as it was sent (null: open, or no date)
ended_otherwise as (

    {% for kind, return_name, version, end_field, side_date in [
        ('referral', 'cin_census', 'int_timeline_cin_census__referral_version', 'cin_closure_date', 'spell_start_date'),
        ('assessment', 'cin_census', 'int_timeline_cin_census__assessment_version', 'assessment_authorisation_date', 'referral_date'),
        ('cin_plan', 'cin_census', 'int_timeline_cin_census__cin_plan_version', 'cin_plan_end_date', 'referral_date'),
        ('child_protection_plan', 'cin_census', 'int_timeline_cin_census__child_protection_plan_version', 'cpp_end_date', 'referral_date'),
        ('pre_proceedings', 'cin_census', 'int_timeline_cin_census__pre_proceedings_version', 'step_decision_date', 'referral_date'),
        ('missing_from_care', 'ssda903', 'int_timeline_ssda903__missing_version', 'mis_end', 'spell_start_date'),
        ('uasc', 'ssda903', 'int_timeline_ssda903__uasc_version', 'duc', 'spell_start_date')
    ] -%}
        select
            '{{ kind }}' as spell_kind,
            '{{ return_name }}' as return_name,
            spell_key,
            child_key,
            la_code,
            {{ side_date }} as side_date,
            'end_date' as attribute,
            cast(record_end_date as varchar) as old_value,
            cast(end_date as varchar) as new_value,
            collection_year as from_return_year,
            collection_year as to_return_year,
            end_rule_code as rule_code
        from (
            with {{ spells_with_end(version, end_field, is_exclusive=(kind == 'missing_from_care')) }}

            select * from spell
        ) as {{ kind }}_spell
        where end_rule_code in ('REVERSED', 'UNREADABLE', 'OVERLAP', 'OVERLAP_SAME_RETURN')
        {{ "union all" if not loop.last }}
    {% endfor %}

),

-- a row without a start that can be read has no place on a timeline: one row per child, kind and return that has such
undated as (

    {% for kind, return_name, current_model, start_date, side_date in [
        ('referral', 'cin_census', 'int_cin_census__current_referral', 'referral_date', 'referral_date'),
        ('assessment', 'cin_census', 'int_cin_census__current_assessment', 'assessment_start_date', 'referral_date'),
        ('section_47', 'cin_census', 'int_cin_census__current_section_47', 'section_47_start_date', 'referral_date'),
        ('cin_plan', 'cin_census', 'int_cin_census__current_cin_plan', 'cin_plan_start_date', 'referral_date'),
        ('child_protection_plan', 'cin_census', 'int_cin_census__current_child_protection_plan',
            'child_protection_plan_start_date', 'referral_date'),
        ('missing_from_care', 'ssda903', 'int_ssda903__current_missing', 'missing_start_date', 'missing_start_date')
    ] -%}
        select
            '{{ kind }}' as spell_kind,
            '{{ return_name }}' as return_name,
            cast(null as varchar) as spell_key,
            child_key,
            la_code,
            max({{ side_date }}) as side_date,
            'start_date' as attribute,
            cast(null as varchar) as old_value,
            cast(null as varchar) as new_value,
            collection_year as from_return_year,
            collection_year as to_return_year,
            'UNDATED' as rule_code
        from {{ ref(current_model) }}
        where {{ start_date }} is null
        group by child_key, la_code, collection_year
        {{ "union all" if not loop.last }}
    {% endfor %}

),

code_successor as (

    select * from {{ ref('config_code_successor') }}

),

spell as (

    -- a code that the next list calls otherwise is no contradiction
    select changed.*
    from changed
    left join code_successor
        on
            changed.attribute = code_successor.attribute
            and changed.old_value = code_successor.old_value
            and changed.new_value = code_successor.new_value
            and changed.to_return_year >= code_successor.first_year
    where code_successor.attribute is null
    union all
    select * from ended_otherwise
    union all
    select * from undated

)

select
    spell.child_key,
    {{ person_key() }} as person_key,
    spell.la_code,
    spell.spell_kind,
    spell.spell_key,
    spell.attribute,
    spell.old_value,
    spell.new_value,
    spell.from_return_year,
    spell.to_return_year,
    spell.return_name as from_return_name,
    spell.return_name as to_return_name,
    spell.rule_code
from spell
{{ join_person('spell.return_name', 'spell.side_date', return_year='spell.to_return_year') }}
