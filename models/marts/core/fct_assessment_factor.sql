-- One row per assessment and factor code identified at its end.
with assessment_factor as (

    select * from {{ ref('int_cin_census__current_assessment_factor') }}

)

select
    assessment_key,
    child_year_key,
    child_key,
    la_code,
    collection_year,
    reference_date,
    load_id,
    factor_code,
    factor_label,
    is_factor_code_valid
from assessment_factor
