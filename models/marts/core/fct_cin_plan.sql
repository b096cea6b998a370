-- One row per child in need plan of a referral, by its start date, in each year that reports it (2022 on).
with cin_plan as (

    select * from {{ ref('int_cin_census__current_cin_plan') }}

)

select
    cin_plan_key,
    referral_key,
    child_year_key,
    child_key,
    la_code,
    collection_year,
    reference_date,
    load_id,
    referral_date,
    cin_plan_start_date,
    cin_plan_end_date,
    {{ is_open_at('cin_plan_start_date', 'cin_plan_end_date', 'reference_date') }} as is_open_at_reference_date
from cin_plan
