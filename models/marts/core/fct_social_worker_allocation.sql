-- One row per allocation of a social worker to a looked after child, by its start date, in each year that reports it.
with allocation as (

    select * from {{ ref('int_ssda903__current_social_worker') }}

)

select
    social_worker_allocation_key,
    child_year_key,
    child_key,
    worker_key,
    la_code,
    collection_year,
    reference_date,
    load_id,
    allocation_start_date,
    allocation_end_date,
    {{ is_open_at('allocation_start_date', 'allocation_end_date', 'reference_date') }} as is_open_at_reference_date,
    social_worker_change_reason_code,
    social_worker_change_reason_label
from allocation
