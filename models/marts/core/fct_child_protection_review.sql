-- One row per child protection plan and day of a review conference, in each year that reports it.
with review as (

    select * from {{ ref('int_cin_census__current_review') }}

)

select
    child_protection_review_key,
    child_protection_plan_key,
    child_year_key,
    child_key,
    la_code,
    collection_year,
    reference_date,
    load_id,
    review_date
from review
