-- One row per child protection plan of a child, by its start date, in each year that reports it.
with plan as (

    select * from {{ ref('int_cin_census__current_child_protection_plan') }}

)

select
    child_protection_plan_key,
    referral_key,
    child_year_key,
    child_key,
    la_code,
    collection_year,
    reference_date,
    load_id,
    referral_date,
    child_protection_plan_start_date,
    child_protection_plan_end_date,
    {{ is_open_at('child_protection_plan_start_date', 'child_protection_plan_end_date', 'reference_date') }}
        as is_open_at_reference_date,
    initial_category_code,
    initial_category_label,
    latest_category_code,
    latest_category_label,
    n_previous_plans
from plan
