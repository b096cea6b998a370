-- One row per child, year and disability code recorded, NONE included.
with disability as (

    select * from {{ ref('int_cin_census__current_child_disability') }}

)

select
    child_year_key,
    child_key,
    la_code,
    collection_year,
    reference_date,
    load_id,
    disability_code,
    disability_label,
    is_disability_code_valid
from disability
