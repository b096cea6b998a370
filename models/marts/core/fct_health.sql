-- One row per child looked after for twelve months at the reference date: health and offending in the year (OC2).
with oc2 as (

    select * from {{ ref('int_ssda903__current_oc2') }}

)

select
    child_year_key,
    child_key,
    la_code,
    collection_year,
    reference_date,
    load_id,
    sdq_score,
    sdq_missing_reason_code,
    sdq_missing_reason_label,
    is_convicted,
    has_health_surveillance_up_to_date,
    has_immunisations_up_to_date,
    has_dental_check,
    has_health_assessment,
    has_substance_misuse,
    has_received_intervention,
    has_been_offered_intervention
from oc2
