-- One row per child and year: the permanence option it had before this period of care.
with previous_permanence as (

    select * from {{ ref('int_ssda903__current_previous_permanence') }}

)

select
    child_year_key,
    child_key,
    la_code,
    collection_year,
    reference_date,
    load_id,
    previous_permanence_code,
    previous_permanence_label,
    previous_permanence_la_code,
    previous_permanence_la_name,
    order_date,
    order_date_precision
from previous_permanence
