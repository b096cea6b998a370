-- one row per row of a current return that breaks a rule between its own fields, rows or files, with its place in the file
{%- set dates = [
    ('int_cin_census__current_referral', 'cin_census', 'cin_details', 'referral_date', 'cin_referral_date'),
    ('int_cin_census__current_referral', 'cin_census', 'cin_details', 'closure_date', 'cin_closure_date'),
    ('int_cin_census__current_referral', 'cin_census', 'cin_details', 'conference_date', 'date_of_initial_cpc'),
    ('int_cin_census__current_assessment', 'cin_census', 'assessment', 'assessment_start_date', 'assessment_actual_start_date'),
    ('int_cin_census__current_assessment', 'cin_census', 'assessment', 'authorisation_date', 'assessment_authorisation_date'),
    ('int_cin_census__current_section_47', 'cin_census', 'section47', 'section_47_start_date', 's47_actual_start_date'),
    ('int_cin_census__current_section_47', 'cin_census', 'section47', 'conference_date', 'date_of_initial_cpc'),
    ('int_cin_census__current_cin_plan', 'cin_census', 'cin_plan_dates', 'cin_plan_start_date', 'cin_plan_start_date'),
    ('int_cin_census__current_cin_plan', 'cin_census', 'cin_plan_dates', 'cin_plan_end_date', 'cin_plan_end_date'),
    ('int_cin_census__current_child_protection_plan', 'cin_census', 'child_protection_plan', 'child_protection_plan_start_date', 'cpp_start_date'),
    ('int_cin_census__current_child_protection_plan', 'cin_census', 'child_protection_plan', 'child_protection_plan_end_date', 'cpp_end_date'),
    ('int_cin_census__current_review', 'cin_census', 'review', 'review_date', 'cpp_review_date'),
    ('int_ssda903__current_episode', 'ssda903', 'episodes', 'episode_start_date', 'DECOM'),
    ('int_ssda903__current_episode', 'ssda903', 'episodes', 'episode_end_date', 'DEC'),
    ('int_ssda903__current_review', 'ssda903', 'reviews', 'review_date', 'REVIEW'),
    ('int_ssda903__current_missing', 'ssda903', 'missing', 'missing_start_date', 'MIS_START'),
    ('int_ssda903__current_missing', 'ssda903', 'missing', 'missing_end_date', 'MIS_END'),
    ('int_ssda903__current_ad1', 'ssda903', 'ad1', 'best_interest_decision_date', 'DATE_INT'),
    ('int_ssda903__current_ad1', 'ssda903', 'ad1', 'matched_date', 'DATE_MATCH'),
    ('int_ssda903__current_placed_for_adoption', 'ssda903', 'placed_for_adoption', 'placement_decision_date', 'DATE_PLACED'),
    ('int_ssda903__current_placed_for_adoption', 'ssda903', 'placed_for_adoption', 'placement_decision_reversed_date', 'DATE_PLACED_CEASED'),
    ('int_ssda903__current_social_worker', 'ssda903', 'social_worker', 'allocation_start_date', 'SW_DECOM'),
    ('int_ssda903__current_social_worker', 'ssda903', 'social_worker', 'allocation_end_date', 'SW_DEC'),
    ('int_ssda903__current_dolo', 'ssda903', 'dolo', 'order_start_date', 'DOLO_START'),
] %}
{%- set spells = [
    ('int_cin_census__current_referral', 'cin_census', 'cin_details', 'referral_date', 'closure_date', 'cin_closure_date', 'closure_before_referral'),
    ('int_cin_census__current_assessment', 'cin_census', 'assessment', 'assessment_start_date', 'authorisation_date', 'assessment_authorisation_date', 'authorisation_before_start'),
    ('int_cin_census__current_section_47', 'cin_census', 'section47', 'section_47_start_date', 'conference_date', 'date_of_initial_cpc', 'conference_before_enquiry'),
    ('int_cin_census__current_cin_plan', 'cin_census', 'cin_plan_dates', 'cin_plan_start_date', 'cin_plan_end_date', 'cin_plan_end_date', 'plan_end_before_start'),
    ('int_cin_census__current_child_protection_plan', 'cin_census', 'child_protection_plan', 'child_protection_plan_start_date', 'child_protection_plan_end_date', 'cpp_end_date', 'plan_end_before_start'),
    ('int_ssda903__current_episode', 'ssda903', 'episodes', 'episode_start_date', 'episode_end_date', 'DEC', 'episode_end_before_start'),
    ('int_ssda903__current_missing', 'ssda903', 'missing', 'missing_start_date', 'missing_end_date', 'MIS_END', 'end_before_start'),
    ('int_ssda903__current_placed_for_adoption', 'ssda903', 'placed_for_adoption', 'placement_decision_date', 'placement_decision_reversed_date', 'DATE_PLACED_CEASED', 'end_before_start'),
    ('int_ssda903__current_social_worker', 'ssda903', 'social_worker', 'allocation_start_date', 'allocation_end_date', 'SW_DEC', 'end_before_start'),
    ('int_ssda903__current_dolo', 'ssda903', 'dolo', 'order_start_date', 'order_end_date', 'DOLO_END', 'end_before_start'),
] %}
{#- the natural keys of docs/rules/timelines.md 3, within one file; a row whose key date is unknown is no duplicate -#}
{%- set keys = [
    ('stg_cin_census__child', 'cin_census', 'child', ['child_key'], 'child_key'),
    ('stg_cin_census__child_disability', 'cin_census', 'child_disability', ['child_seq', 'disability_code'], 'disability_code'),
    ('stg_cin_census__cin_detail', 'cin_census', 'cin_details', ['child_key', 'referral_date'], 'referral_date'),
    ('stg_cin_census__assessment', 'cin_census', 'assessment', ['child_seq', 'cin_details_seq', 'assessment_start_date'], 'assessment_start_date'),
    ('stg_cin_census__assessment_factor', 'cin_census', 'assessment_factor', ['child_seq', 'cin_details_seq', 'assessment_seq', 'factor_code'], 'factor_code'),
    ('stg_cin_census__section_47', 'cin_census', 'section47', ['child_seq', 'cin_details_seq', 'section_47_start_date'], 'section_47_start_date'),
    ('stg_cin_census__cin_plan', 'cin_census', 'cin_plan_dates', ['child_seq', 'cin_details_seq', 'cin_plan_start_date'], 'cin_plan_start_date'),
    ('stg_cin_census__child_protection_plan', 'cin_census', 'child_protection_plan', ['child_key', 'child_protection_plan_start_date'], 'child_protection_plan_start_date'),
    ('stg_cin_census__review', 'cin_census', 'review', ['child_seq', 'cin_details_seq', 'cpp_seq', 'review_date'], 'review_date'),
    ('stg_ssda903__header', 'ssda903', 'header', ['child_key'], 'child_key'),
    ('stg_ssda903__episode', 'ssda903', 'episodes', ['child_key', 'episode_start_date', 'reason_new_episode_code'], 'episode_start_date'),
    ('stg_ssda903__review', 'ssda903', 'reviews', ['child_key', 'review_date'], 'review_date'),
    ('stg_ssda903__uasc', 'ssda903', 'uasc', ['child_key'], 'child_key'),
    ('stg_ssda903__oc2', 'ssda903', 'oc2', ['child_key'], 'child_key'),
    ('stg_ssda903__oc3', 'ssda903', 'oc3', ['child_key'], 'child_key'),
    ('stg_ssda903__ad1', 'ssda903', 'ad1', ['child_key'], 'child_key'),
    ('stg_ssda903__placed_for_adoption', 'ssda903', 'placed_for_adoption', ['child_key', 'placement_decision_date'], 'placement_decision_date'),
    ('stg_ssda903__previous_permanence', 'ssda903', 'previous_permanence', ['child_key'], 'child_key'),
    ('stg_ssda903__missing', 'ssda903', 'missing', ['child_key', 'missing_start_date', 'missing_type_code'], 'missing_start_date'),
    ('stg_ssda903__social_worker', 'ssda903', 'social_worker', ['child_key', 'allocation_start_date'], 'allocation_start_date'),
    ('stg_ssda903__dolo', 'ssda903', 'dolo', ['child_key', 'order_start_date'], 'order_start_date'),
] %}
{#- the files of the SSDA903 beside the header; has_birth_date says whether they repeat the birth date -#}
{%- set files = [
    ('int_ssda903__current_episode', 'episodes', false),
    ('int_ssda903__current_review', 'reviews', true),
    ('int_ssda903__current_uasc', 'uasc', true),
    ('int_ssda903__current_oc2', 'oc2', true),
    ('int_ssda903__current_oc3', 'oc3', true),
    ('int_ssda903__current_ad1', 'ad1', true),
    ('int_ssda903__current_placed_for_adoption', 'placed_for_adoption', true),
    ('int_ssda903__current_previous_permanence', 'previous_permanence', true),
    ('int_ssda903__current_missing', 'missing', true),
    ('int_ssda903__current_social_worker', 'social_worker', true),
    ('int_ssda903__current_dolo', 'dolo', true),
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

child_protection_plan as (

    select * from {{ ref('int_cin_census__current_child_protection_plan') }}

),

child_protection_review as (

    select * from {{ ref('int_cin_census__current_review') }}

),

header as (

    select * from {{ ref('int_ssda903__current_header') }}

),

care_leaver as (

    select * from {{ ref('int_ssda903__current_oc3') }}

),

-- short breaks (V3, V4) are a series of their own, beside care
episode as (

    select
        current_episode.*,
        lead(current_episode.episode_start_date) over (
            partition by current_episode.child_year_key, coalesce(legal_status_group.is_short_break, false)
            order by current_episode.episode_start_date, current_episode.episode_end_date nulls last, current_episode.row_number_in_file
        ) as next_start_date
    from {{ ref('int_ssda903__current_episode') }} as current_episode
    left join {{ ref('config_legal_status_group') }} as legal_status_group
        on current_episode.legal_status_code = legal_status_group.code
    where current_episode.episode_start_date is not null

),

broken as (

    -- orphans

    select
        child.load_id, child.la_code, 'cin_census' as return_name, child.collection_year,
        'child_without_referral' as rule_code, 'child' as table_name, 'la_child_id' as field, child.line_number
    from child
    left join referral on child.child_year_key = referral.child_year_key
    where referral.child_year_key is null

    {%- for model, table, has_birth_date in files %}

    union all

    select
        other.load_id, other.la_code, 'ssda903' as return_name, other.collection_year,
        'row_without_header_child' as rule_code, '{{ table }}' as table_name, 'CHILD' as field, other.line_number
    from {{ ref(model) }} as other
    -- a header that has not arrived is one finding of its own
    inner join submission
        on
            other.la_code = submission.la_code
            and other.collection_year = submission.collection_year
            and submission.return_name = 'ssda903'
            and submission.table_name = 'header'
    left join header on other.child_year_key = header.child_year_key
    where header.child_year_key is null
    {%- endfor %}

    union all

    select
        header.load_id, header.la_code, 'ssda903' as return_name, header.collection_year,
        'header_child_without_rows' as rule_code, 'header' as table_name, 'CHILD' as field, header.line_number
    from header
    inner join submission
        on
            header.la_code = submission.la_code
            and header.collection_year = submission.collection_year
            and submission.return_name = 'ssda903'
            and submission.table_name = 'episodes'
    where
        header.child_year_key not in (select child_year_key from {{ ref('int_ssda903__current_episode') }})
        and header.child_year_key not in (select child_year_key from care_leaver)

    -- duplicates on the natural key; rows equal in every field have been left out at loading
    {%- for model, return_name, table, columns, known in keys %}

    union all

    select
        load_id, la_code, '{{ return_name }}' as return_name, collection_year,
        'same_key_twice' as rule_code, '{{ table }}' as table_name, '' as field, line_number
    from {{ ref(model) }}
    where load_id in (select load_id from submission) and {{ known }} is not null
    qualify
        row_number() over (partition by load_id, {{ columns | join(', ') }} order by row_number_in_file desc) > 1
    {%- endfor %}

    union all

    select
        load_id, la_code, 'ssda903' as return_name, collection_year,
        'same_day_episodes' as rule_code, 'episodes' as table_name, 'DECOM' as field, line_number
    from episode
    qualify count(*) over (partition by child_year_key, episode_start_date) > 1

    -- dates in the wrong order
    {%- for model, return_name, table, start_date, end_date, field, rule_code in spells %}

    union all

    select
        load_id, la_code, '{{ return_name }}' as return_name, collection_year,
        '{{ rule_code }}' as rule_code, '{{ table }}' as table_name, '{{ field }}' as field, line_number
    from {{ ref(model) }}
    where {{ end_date }} < {{ start_date }}
    {%- endfor %}

    union all

    select
        child_protection_review.load_id, child_protection_review.la_code, 'cin_census' as return_name,
        child_protection_review.collection_year,
        'review_before_plan' as rule_code, 'review' as table_name, 'cpp_review_date' as field,
        child_protection_review.line_number
    from child_protection_review
    inner join child_protection_plan
        on child_protection_review.child_protection_plan_key = child_protection_plan.child_protection_plan_key
    where child_protection_review.review_date <= child_protection_plan.child_protection_plan_start_date

    -- dates after the reference date
    {%- for model, return_name, table, column, field in dates %}

    union all

    select
        load_id, la_code, '{{ return_name }}' as return_name, collection_year,
        'date_after_reference_date' as rule_code, '{{ table }}' as table_name, '{{ field }}' as field, line_number
    from {{ ref(model) }}
    where {{ column }} > reference_date
    {%- endfor %}

    union all

    -- birth dates are held by month: the first of the month after the reference date is after it
    select
        load_id, la_code, 'cin_census' as return_name, collection_year,
        'birth_after_reference_date' as rule_code, 'child' as table_name, 'person_birth_date' as field, line_number
    from child
    where birth_month > reference_date

    union all

    select
        load_id, la_code, 'ssda903' as return_name, collection_year,
        'birth_after_reference_date' as rule_code, 'header' as table_name, 'DOB' as field, line_number
    from header
    where birth_month > reference_date

    -- fields that contradict one another; one that could not be read is a finding of the loader already

    union all

    select
        load_id, la_code, 'cin_census' as return_name, collection_year,
        'unborn_with_birth_date' as rule_code, 'child' as table_name, 'expected_person_birth_date' as field, line_number
    from child
    where birth_month is not null and expected_birth_month is not null

    union all

    select
        load_id, la_code, 'cin_census' as return_name, collection_year,
        'child_without_birth_date' as rule_code, 'child' as table_name, 'person_birth_date' as field, line_number
    from child
    where
        birth_month is null
        and expected_birth_month is null
        and coalesce(unreadable_fields, '') not like '%birth_date%'

    {%- for model, table, has_birth_date in files if has_birth_date %}

    union all

    select
        other.load_id, other.la_code, 'ssda903' as return_name, other.collection_year,
        'birth_month_differs_between_files' as rule_code, '{{ table }}' as table_name, 'DOB' as field, other.line_number
    from {{ ref(model) }} as other
    inner join header on other.child_year_key = header.child_year_key
    where other.birth_month <> header.birth_month
    {%- endfor %}

    union all

    select
        child_disability.load_id, child_disability.la_code, 'cin_census' as return_name, child_disability.collection_year,
        'no_disability_with_disability' as rule_code, 'child_disability' as table_name, 'disability' as field,
        child_disability.line_number
    from child_disability
    where
        child_disability.disability_code = 'NONE'
        and child_disability.child_year_key in (
            select child_year_key from child_disability where disability_code <> 'NONE'
        )

    union all

    select
        assessment_factor.load_id, assessment_factor.la_code, 'cin_census' as return_name, assessment_factor.collection_year,
        'no_factors_with_factors' as rule_code, 'assessment_factor' as table_name, 'assessment_factor' as field,
        assessment_factor.line_number
    from assessment_factor
    where
        assessment_factor.factor_code = '21'
        and assessment_factor.assessment_key in (select assessment_key from assessment_factor where factor_code <> '21')

    union all

    select
        load_id, la_code, 'cin_census' as return_name, collection_year,
        'factors_before_authorisation' as rule_code, 'assessment' as table_name,
        'assessment_authorisation_date' as field, line_number
    from assessment
    where authorisation_date is null and assessment_key in (select assessment_key from assessment_factor)

    union all

    select
        load_id, la_code, 'cin_census' as return_name, collection_year,
        'authorised_without_factors' as rule_code, 'assessment' as table_name, 'assessment_factor' as field, line_number
    from assessment
    where authorisation_date is not null and assessment_key not in (select assessment_key from assessment_factor)

    union all

    select
        load_id, la_code, 'cin_census' as return_name, collection_year,
        'closure_without_reason' as rule_code, 'cin_details' as table_name, 'reason_for_closure' as field, line_number
    from referral
    where
        closure_date is not null
        and reason_for_closure_code is null
        and coalesce(unreadable_fields, '') not like '%reason_for_closure%'

    union all

    select
        load_id, la_code, 'cin_census' as return_name, collection_year,
        'closure_reason_without_closure' as rule_code, 'cin_details' as table_name, 'cin_closure_date' as field, line_number
    from referral
    where
        closure_date is null
        and reason_for_closure_code is not null
        and coalesce(unreadable_fields, '') not like '%cin_closure_date%'

    union all

    select
        load_id, la_code, 'ssda903' as return_name, collection_year,
        'episode_end_without_reason' as rule_code, 'episodes' as table_name, 'REC' as field, line_number
    from episode
    where
        episode_end_date is not null
        and reason_episode_ceased_code is null
        and ', ' || coalesce(unreadable_fields, '') || ',' not like '%, rec,%'

    union all

    select
        load_id, la_code, 'ssda903' as return_name, collection_year,
        'reason_without_episode_end' as rule_code, 'episodes' as table_name, 'DEC' as field, line_number
    from episode
    where
        episode_end_date is null
        and reason_episode_ceased_code is not null
        and ', ' || coalesce(unreadable_fields, '') || ',' not like '%, dec,%'

    union all

    -- timelines.md example 5: two episodes of one return are not repaired, the gap is for the authority to close
    select
        load_id, la_code, 'ssda903' as return_name, collection_year,
        'continuing_episode_gap' as rule_code, 'episodes' as table_name, 'DEC' as field, line_number
    from episode
    where reason_episode_ceased_code = 'X1' and next_start_date > episode_end_date

    union all

    select
        load_id, la_code, 'ssda903' as return_name, collection_year,
        'continuing_episode_without_next' as rule_code, 'episodes' as table_name, 'REC' as field, line_number
    from episode
    where reason_episode_ceased_code = 'X1' and next_start_date is null

    union all

    select
        load_id, la_code, 'ssda903' as return_name, collection_year,
        'episodes_overlap' as rule_code, 'episodes' as table_name, 'DEC' as field, line_number
    from episode
    -- two on one day are a finding of their own
    where
        next_start_date < coalesce(episode_end_date, date '9999-12-31')
        and next_start_date > episode_start_date

)

select
    load_id,
    la_code,
    return_name,
    collection_year,
    rule_code,
    table_name,
    field,
    line_number
from broken
order by return_name, la_code, collection_year, rule_code, table_name, field, line_number, load_id
