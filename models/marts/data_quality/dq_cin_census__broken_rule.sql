-- one row per row of a current CIN census that breaks a rule between its own fields or rows, with its place in the file

{#- a spell and its end: model, table, start, end, field, rule -#}
{%- set spells = [
    ('referral', 'cin_details', 'referral_date', 'closure_date', 'cin_closure_date', 'closure_before_referral'),
    ('assessment', 'assessment', 'assessment_start_date', 'authorisation_date', 'assessment_authorisation_date', 'authorisation_before_start'),
    ('section_47', 'section47', 'section_47_start_date', 'conference_date', 'date_of_initial_cpc', 'conference_before_enquiry'),
    ('cin_plan', 'cin_plan_dates', 'cin_plan_start_date', 'cin_plan_end_date', 'cin_plan_end_date', 'plan_end_before_start'),
    ('child_protection_plan', 'child_protection_plan', 'child_protection_plan_start_date', 'child_protection_plan_end_date', 'cpp_end_date', 'plan_end_before_start'),
] %}

{#- dates that the return can only know when they have passed: model, table, column, field -#}
{%- set dates = [
    ('referral', 'cin_details', 'referral_date', 'cin_referral_date'),
    ('referral', 'cin_details', 'closure_date', 'cin_closure_date'),
    ('referral', 'cin_details', 'conference_date', 'date_of_initial_cpc'),
    ('assessment', 'assessment', 'assessment_start_date', 'assessment_actual_start_date'),
    ('assessment', 'assessment', 'authorisation_date', 'assessment_authorisation_date'),
    ('section_47', 'section47', 'section_47_start_date', 's47_actual_start_date'),
    ('section_47', 'section47', 'conference_date', 'date_of_initial_cpc'),
    ('cin_plan', 'cin_plan_dates', 'cin_plan_start_date', 'cin_plan_start_date'),
    ('cin_plan', 'cin_plan_dates', 'cin_plan_end_date', 'cin_plan_end_date'),
    ('child_protection_plan', 'child_protection_plan', 'child_protection_plan_start_date', 'cpp_start_date'),
    ('child_protection_plan', 'child_protection_plan', 'child_protection_plan_end_date', 'cpp_end_date'),
    ('review', 'review', 'review_date', 'cpp_review_date'),
] %}

{#- spells of which a return should hold one at a time: model, table, start, end, field, rule, which count as open -#}
{%- set successive = [
    ('referral', 'cin_details', 'referral_date', 'closure_date', 'cin_closure_date', 'referrals_overlap', 'not coalesce(referral.is_no_further_action, false)'),
    ('cin_plan', 'cin_plan_dates', 'cin_plan_start_date', 'cin_plan_end_date', 'cin_plan_end_date', 'plans_overlap', 'true'),
    ('child_protection_plan', 'child_protection_plan', 'child_protection_plan_start_date', 'child_protection_plan_end_date', 'cpp_end_date', 'plans_overlap', 'true'),
] %}

{#- natural keys of timelines.md 3 within one file: model, table, key, the part that must be known, field -#}
{%- set keys = [
    ('child', 'child', ['child_key'], 'child_key', 'la_child_id'),
    ('child_disability', 'child_disability', ['child_seq', 'disability_code'], 'disability_code', 'disability'),
    ('cin_detail', 'cin_details', ['child_key', 'referral_date'], 'referral_date', 'cin_referral_date'),
    ('assessment', 'assessment', ['child_seq', 'cin_details_seq', 'assessment_start_date'], 'assessment_start_date', 'assessment_actual_start_date'),
    ('assessment_factor', 'assessment_factor', ['child_seq', 'cin_details_seq', 'assessment_seq', 'factor_code'], 'factor_code', 'assessment_factor'),
    ('section_47', 'section47', ['child_seq', 'cin_details_seq', 'section_47_start_date'], 'section_47_start_date', 's47_actual_start_date'),
    ('cin_plan', 'cin_plan_dates', ['child_seq', 'cin_details_seq', 'cin_plan_start_date'], 'cin_plan_start_date', 'cin_plan_start_date'),
    ('child_protection_plan', 'child_protection_plan', ['child_key', 'child_protection_plan_start_date'], 'child_protection_plan_start_date', 'cpp_start_date'),
    ('review', 'review', ['child_seq', 'cin_details_seq', 'cpp_seq', 'review_date'], 'review_date', 'cpp_review_date'),
] %}

with submission as (

    select * from {{ ref('int_submission__current') }}

),

child as (

    select * from {{ ref('int_cin_census__current_child') }}

),

child_disability as (

    select * from {{ ref('int_cin_census__current_child_disability') }}

),

referral as (

    select * from {{ ref('int_cin_census__current_referral') }}

),

assessment as (

    select * from {{ ref('int_cin_census__current_assessment') }}

),

assessment_factor as (

    select * from {{ ref('int_cin_census__current_assessment_factor') }}

),

section_47 as (

    select * from {{ ref('int_cin_census__current_section_47') }}

),

cin_plan as (

    select * from {{ ref('int_cin_census__current_cin_plan') }}

),

child_protection_plan as (

    select * from {{ ref('int_cin_census__current_child_protection_plan') }}

),

review as (

    select * from {{ ref('int_cin_census__current_review') }}

),

broken as (

    select {{ broken_rule('child', 'child_without_referral', 'child', 'la_child_id') }}
    from child
    where child.child_year_key not in (select referral.child_year_key from referral)

    {% for relation, table, start_date, end_date, field, rule_code in spells %}
        union all

        select {{ broken_rule(relation, rule_code, table, field) }}
        from {{ relation }}
        where {{ relation }}.{{ end_date }} < {{ relation }}.{{ start_date }}

    {% endfor %}
    union all

    select {{ broken_rule('review', 'review_before_plan', 'review', 'cpp_review_date') }}
    from review
    inner join child_protection_plan
        on review.child_protection_plan_key = child_protection_plan.child_protection_plan_key
    where review.review_date <= child_protection_plan.child_protection_plan_start_date

    {% for relation, table, column, field in dates %}
        union all

        select {{ broken_rule(relation, 'date_after_reference_date', table, field) }}
        from {{ relation }}
        where {{ relation }}.{{ column }} > {{ relation }}.reference_date

    {% endfor %}
    -- two at once; an end that could not be read is a finding of the loader already
    {% for relation, table, start_date, end_date, field, rule_code, is_counted in successive %}
        union all

        select {{ broken_rule(relation, rule_code, table, field) }}
        from (
            select
                current_record.*,
                lead(current_record.{{ start_date }}) over (
                    partition by current_record.child_year_key order by current_record.{{ start_date }}
                ) as next_start_date
            from {{ relation }} as current_record
            where current_record.{{ start_date }} is not null
        ) as {{ relation }}
        where
            {{ relation }}.next_start_date > {{ relation }}.{{ start_date }}
            and {{ relation }}.next_start_date < coalesce({{ relation }}.{{ end_date }}, date '9999-12-31')
            and {{ is_counted }}
            and coalesce({{ relation }}.unreadable_fields, '') not like '%{{ field }}%'

    {% endfor %}
    union all

    -- birth dates are held by month: the first of the month after the reference date is after it
    select {{ broken_rule('child', 'birth_after_reference_date', 'child', 'person_birth_date') }}
    from child
    where child.birth_month > child.reference_date

    -- different rows with one key, all but the last; rows equal in every field were left out at loading
    {% for model, table, columns, known, field in keys %}
        union all

        select {{ broken_rule(model, 'same_key_twice', table, field) }}
        from {{ ref('stg_cin_census__' ~ model) }} as {{ model }}
        where {{ model }}.{{ known }} is not null and {{ model }}.load_id in (select submission.load_id from submission)
        qualify
            row_number() over (
                partition by {{ model }}.load_id, {{ columns | join(', ') }}
                order by
                    {% if model == 'assessment' %} assessment.authorisation_date desc nulls last, {% endif %}
                    {{ model }}.row_number_in_file desc
            ) > 1

    {% endfor %}
    -- fields that contradict one another; one that could not be read is a finding of the loader already
    union all

    select {{ broken_rule('child', 'unborn_with_birth_date', 'child', 'expected_person_birth_date') }}
    from child
    where child.birth_month is not null and child.expected_birth_month is not null

    union all

    select {{ broken_rule('child', 'child_without_birth_date', 'child', 'person_birth_date') }}
    from child
    where
        child.birth_month is null
        and child.expected_birth_month is null
        and coalesce(child.unreadable_fields, '') not like '%birth_date%'

    union all

    select {{ broken_rule('child_disability', 'no_disability_with_disability', 'child_disability', 'disability') }}
    from child_disability
    where
        child_disability.disability_code = 'NONE'
        and child_disability.child_year_key in (
            select other.child_year_key
            from child_disability as other
            where other.disability_code <> 'NONE'
        )

    union all

    select {{ broken_rule('assessment_factor', 'no_factors_with_factors', 'assessment_factor', 'assessment_factor') }}
    from assessment_factor
    where
        assessment_factor.factor_code = '21'
        and assessment_factor.assessment_key in (
            select other.assessment_key
            from assessment_factor as other
            where other.factor_code <> '21'
        )

    union all

    select
        {{ broken_rule('assessment', 'factors_before_authorisation', 'assessment', 'assessment_authorisation_date') }}
    from assessment
    where
        assessment.authorisation_date is null
        and coalesce(assessment.unreadable_fields, '') not like '%authorisation_date%'
        and assessment.assessment_key in (select assessment_factor.assessment_key from assessment_factor)

    union all

    select {{ broken_rule('assessment', 'authorised_without_factors', 'assessment', 'assessment_factor') }}
    from assessment
    where
        assessment.authorisation_date is not null
        and assessment.assessment_key not in (select assessment_factor.assessment_key from assessment_factor)

    union all

    select {{ broken_rule('referral', 'closure_without_reason', 'cin_details', 'reason_for_closure') }}
    from referral
    where
        referral.closure_date is not null
        and referral.reason_for_closure_code is null
        and coalesce(referral.unreadable_fields, '') not like '%reason_for_closure%'

    union all

    select {{ broken_rule('referral', 'closure_reason_without_closure', 'cin_details', 'cin_closure_date') }}
    from referral
    where
        referral.closure_date is null
        and referral.reason_for_closure_code is not null
        and coalesce(referral.unreadable_fields, '') not like '%cin_closure_date%'

)

select
    load_id,
    la_code,
    'cin_census' as return_name,
    collection_year,
    rule_code,
    table_name,
    field,
    line_number
from broken
order by la_code, collection_year, rule_code, table_name, field, line_number, load_id
