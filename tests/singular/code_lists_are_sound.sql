-- What: a code stands twice in its list, has no label or no first year, or ends before it begins.
-- When it matters: always; a code that stands twice would double every row that holds it.
-- How to resolve: mend seeds/code_lists/code_<list>.csv. A code whose meaning changes keeps one row; its notes say so.
{% set code_lists = [
    'accommodation', 'activity', 'assessment_factor', 'category_of_abuse', 'category_of_need', 'disability', 'ethnicity',
    'in_touch', 'legal_status', 'legal_status_of_adopters', 'missing_type', 'number_of_adopters', 'placement_provider',
    'placement_type', 'pre_proceedings_outcome', 'previous_permanence', 'previous_permanence_authority', 'primary_need',
    'reason_episode_ceased', 'reason_for_closure', 'reason_new_episode', 'reason_placement_change',
    'reason_placement_decision_reversed', 'referral_source', 'review_participation', 'sdq_missing_reason', 'sex',
    'sex_of_adopters', 'social_worker_change_reason', 'upn_unknown', 'yes_no',
] -%}

with code as (

    {% for code_list in code_lists -%}
        select
            '{{ code_list }}' as code_list,
            code,
            label,
            first_year,
            last_year
        from {{ ref('code_' ~ code_list) }}
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    code_list,
    code,
    count(*) as n_rows
from code
group by code_list, code
having
    count(*) > 1
    or code is null
    or count(label) < count(*)
    or count(first_year) < count(*)
    or count(*) filter (where last_year < first_year) > 0
