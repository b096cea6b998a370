-- one row per authority, return, year, field and code that no list knows, or that its list has in other years
{%- set codes = [
    ('stg_cin_census__child', 'cin_census', 'child', 'ethnicity', 'ethnicity_code', 'ethnicity_label', 'ethnicity_code'),
    ('stg_cin_census__child', 'cin_census', 'child', 'sex', 'sex_code_as_sent', 'sex_label', 'sex_code'),
    ('stg_cin_census__child', 'cin_census', 'child', 'upn_unknown', 'upn_unknown_code', 'upn_unknown_label', 'upn_unknown_code'),
    ('stg_cin_census__child_disability', 'cin_census', 'child_disability', 'disability', 'disability_code', 'disability_label', 'disability_code'),
    ('stg_cin_census__cin_detail', 'cin_census', 'cin_details', 'referral_source', 'referral_source_code', 'referral_source_label', 'referral_source_code'),
    ('stg_cin_census__cin_detail', 'cin_census', 'cin_details', 'primary_need_code', 'primary_need_code', 'primary_need_label', 'primary_need_code'),
    ('stg_cin_census__cin_detail', 'cin_census', 'cin_details', 'reason_for_closure', 'reason_for_closure_code', 'reason_for_closure_label', 'reason_for_closure_code'),
    ('stg_cin_census__assessment_factor', 'cin_census', 'assessment_factor', 'assessment_factor', 'factor_code', 'factor_label', 'factor_code'),
    ('stg_cin_census__child_protection_plan', 'cin_census', 'child_protection_plan', 'initial_category_of_abuse', 'initial_category_code', 'initial_category_label', 'initial_category_code'),
    ('stg_cin_census__child_protection_plan', 'cin_census', 'child_protection_plan', 'latest_category_of_abuse', 'latest_category_code', 'latest_category_label', 'latest_category_code'),
    ('stg_cin_census__pre_proceedings', 'cin_census', 'pre_proceedings', 'pp_outcome', 'outcome_code', 'outcome_label', 'outcome_code'),
    ('stg_ssda903__header', 'ssda903', 'header', 'SEX', 'sex_code_as_sent', 'sex_label', 'sex_code'),
    ('stg_ssda903__header', 'ssda903', 'header', 'ETHNIC', 'ethnicity_code', 'ethnicity_label', 'ethnicity_code'),
    ('stg_ssda903__episode', 'ssda903', 'episodes', 'RNE', 'reason_new_episode_code', 'reason_new_episode_label', 'reason_new_episode_code'),
    ('stg_ssda903__episode', 'ssda903', 'episodes', 'LS', 'legal_status_code', 'legal_status_label', 'legal_status_code'),
    ('stg_ssda903__episode', 'ssda903', 'episodes', 'CIN', 'category_of_need_code', 'category_of_need_label', 'category_of_need_code'),
    ('stg_ssda903__episode', 'ssda903', 'episodes', 'PLACE', 'placement_type_code', 'placement_type_label', 'placement_type_code'),
    ('stg_ssda903__episode', 'ssda903', 'episodes', 'PLACE_PROVIDER', 'placement_provider_code', 'placement_provider_label', 'placement_provider_code'),
    ('stg_ssda903__episode', 'ssda903', 'episodes', 'REC', 'reason_episode_ceased_code', 'reason_episode_ceased_label', 'reason_episode_ceased_code'),
    ('stg_ssda903__episode', 'ssda903', 'episodes', 'REASON_PLACE_CHANGE', 'reason_placement_change_code', 'reason_placement_change_label', 'reason_placement_change_code'),
    ('stg_ssda903__review', 'ssda903', 'reviews', 'REVIEW_CODE', 'review_participation_code', 'review_participation_label', 'review_participation_code'),
    ('stg_ssda903__uasc', 'ssda903', 'uasc', 'SEX', 'sex_code_as_sent', 'sex_label', 'sex_code'),
    ('stg_ssda903__oc2', 'ssda903', 'oc2', 'SDQ_REASON', 'sdq_missing_reason_code', 'sdq_missing_reason_label', 'sdq_missing_reason_code'),
    ('stg_ssda903__oc3', 'ssda903', 'oc3', 'IN_TOUCH', 'in_touch_code', 'in_touch_label', 'in_touch_code'),
    ('stg_ssda903__oc3', 'ssda903', 'oc3', 'ACTIV', 'activity_code', 'activity_label', 'activity_code'),
    ('stg_ssda903__oc3', 'ssda903', 'oc3', 'ACCOM', 'accommodation_code', 'accommodation_label', 'accommodation_code'),
    ('stg_ssda903__ad1', 'ssda903', 'ad1', 'NB_ADOPTR', 'number_of_adopters_code', 'number_of_adopters_label', 'number_of_adopters_code'),
    ('stg_ssda903__ad1', 'ssda903', 'ad1', 'SEX_ADOPTR', 'sex_of_adopters_code', 'sex_of_adopters_label', 'sex_of_adopters_code'),
    ('stg_ssda903__ad1', 'ssda903', 'ad1', 'LS_ADOPTR', 'legal_status_of_adopters_code', 'legal_status_of_adopters_label', 'legal_status_of_adopters_code'),
    ('stg_ssda903__placed_for_adoption', 'ssda903', 'placed_for_adoption', 'REASON_PLACED_CEASED', 'reason_placement_decision_reversed_code', 'reason_placement_decision_reversed_label', 'reason_placement_decision_reversed_code'),
    ('stg_ssda903__previous_permanence', 'ssda903', 'previous_permanence', 'PREV_PERM', 'previous_permanence_code', 'previous_permanence_label', 'previous_permanence_code'),
    ('stg_ssda903__missing', 'ssda903', 'missing', 'MISSING', 'missing_type_code', 'missing_type_label', 'missing_type_code'),
    ('stg_ssda903__social_worker', 'ssda903', 'social_worker', 'SW_REASON', 'social_worker_change_reason_code', 'social_worker_change_reason_label', 'social_worker_change_reason_code'),
] %}
with submission as (

    select * from {{ ref('int_submission__current') }}

),

doubtful as (

    {% for model, return_name, table, field, code, label, validity in codes %}
        select
            load_id,
            la_code,
            '{{ return_name }}' as return_name,
            collection_year,
            '{{ table }}' as table_name,
            '{{ field }}' as field,
            {{ code }} as code,
            {{ label }} as label,
            line_number
        from {{ ref(model) }}
        where not is_{{ validity }}_valid

        {% if not loop.last %}
            union all

        {% endif %}
    {% endfor %}
),

counted as (

    select
        doubtful.la_code,
        doubtful.return_name,
        doubtful.collection_year,
        doubtful.table_name,
        doubtful.field,
        doubtful.code,
        doubtful.label,
        case when doubtful.label is null then 'unknown_code' else 'code_out_of_year' end as rule_code,
        cast(count(*) as integer) as n_rows,
        min(doubtful.line_number) as first_line_number
    from doubtful
    inner join submission on doubtful.load_id = submission.load_id
    group by
        doubtful.la_code,
        doubtful.return_name,
        doubtful.collection_year,
        doubtful.table_name,
        doubtful.field,
        doubtful.code,
        doubtful.label

)

select
    counted.la_code,
    counted.return_name,
    counted.collection_year,
    counted.table_name,
    counted.field,
    counted.code,
    counted.label,
    counted.rule_code,
    counted.n_rows,
    counted.first_line_number,
    rule.severity,
    rule.title,
    rule.remedy
from counted
left join {{ ref('config_finding_rule') }} as rule on counted.rule_code = rule.rule_code
order by counted.la_code, counted.return_name, counted.collection_year, counted.table_name, counted.field, counted.code
