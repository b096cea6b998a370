-- One row per child who is or was an unaccompanied asylum-seeking child in the period of care, by year.
with uasc as (

    select * from {{ ref('int_ssda903__current_uasc') }}

)

select
    child_year_key,
    child_key,
    la_code,
    collection_year,
    reference_date,
    load_id,
    birth_month,
    coalesce(sex_code, 'U') as sex_code,
    coalesce(sex_label, 'Unknown') as sex_label,
    uasc_status_ceased_date,
    uasc_status_ceased_date is null or uasc_status_ceased_date > reference_date as is_uasc_at_reference_date
from uasc
