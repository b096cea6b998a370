-- What: a code arrived in the looked after return that its list does not hold, or not for that year.
-- When it matters: always; the row falls out of every count by that code. The build goes on: the return needs mending.
-- How to resolve: `liia findings` tells the authority where it is. Where the code is right and new, add it with its
-- first year to seeds/code_lists/code_<list>.csv.
{{ config(severity='warn') }}
{% set fields = [
    ('stg_ssda903__header', 'upn_unknown'),
    ('stg_ssda903__header', 'sex'),
    ('stg_ssda903__header', 'ethnicity'),
    ('stg_ssda903__episode', 'reason_new_episode'),
    ('stg_ssda903__episode', 'legal_status'),
    ('stg_ssda903__episode', 'category_of_need'),
    ('stg_ssda903__episode', 'placement_type'),
    ('stg_ssda903__episode', 'placement_provider'),
    ('stg_ssda903__episode', 'reason_episode_ceased'),
    ('stg_ssda903__episode', 'reason_placement_change'),
    ('stg_ssda903__review', 'review_participation'),
    ('stg_ssda903__uasc', 'sex'),
    ('stg_ssda903__oc2', 'sdq_missing_reason'),
    ('stg_ssda903__oc3', 'in_touch'),
    ('stg_ssda903__oc3', 'activity'),
    ('stg_ssda903__oc3', 'accommodation'),
    ('stg_ssda903__ad1', 'number_of_adopters'),
    ('stg_ssda903__ad1', 'sex_of_adopters'),
    ('stg_ssda903__ad1', 'legal_status_of_adopters'),
    ('stg_ssda903__placed_for_adoption', 'reason_placement_decision_reversed'),
    ('stg_ssda903__previous_permanence', 'previous_permanence'),
    ('stg_ssda903__missing', 'missing_type'),
    ('stg_ssda903__social_worker', 'social_worker_change_reason'),
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
