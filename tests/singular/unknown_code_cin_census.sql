-- What: a code arrived in the children in need census that its list does not hold, or not for that year.
-- When it matters: always; the row falls out of every count by that code. The build goes on: the return needs mending.
-- How to resolve: `liia findings` tells the authority where it is. Where the code is right and new, add it with its
-- first year to seeds/code_lists/code_<list>.csv.
{{ config(severity='warn') }}
{% set fields = [
    ('stg_cin_census__child', 'upn_unknown'),
    ('stg_cin_census__child', 'sex'),
    ('stg_cin_census__child', 'ethnicity'),
    ('stg_cin_census__child_disability', 'disability'),
    ('stg_cin_census__cin_detail', 'referral_source'),
    ('stg_cin_census__cin_detail', 'primary_need'),
    ('stg_cin_census__cin_detail', 'reason_for_closure'),
    ('stg_cin_census__assessment_factor', 'factor'),
    ('stg_cin_census__child_protection_plan', 'initial_category'),
    ('stg_cin_census__child_protection_plan', 'latest_category'),
    ('stg_cin_census__pre_proceedings', 'outcome'),
] -%}

with unknown as (

    {% for model, field in fields -%}
        select
            '{{ model }}' as model_name,
            '{{ field }}' as field,
            submitted.la_code,
            submitted.collection_year
        from {{ ref(model) }} as submitted
        inner join {{ ref('int_submission__current') }} as submission on submitted.load_id = submission.load_id
        where not submitted.is_{{ field }}_code_valid
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    model_name,
    field,
    la_code,
    collection_year,
    count(*) as n_rows
from unknown
group by model_name, field, la_code, collection_year
