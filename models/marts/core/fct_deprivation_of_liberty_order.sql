-- One row per deprivation of liberty order of a looked after child, by its start date (collection 2027 on).
with dolo as (

    select * from {{ ref('int_ssda903__current_dolo') }}

)

select
    deprivation_of_liberty_order_key,
    child_year_key,
    child_key,
    la_code,
    collection_year,
    reference_date,
    load_id,
    order_start_date,
    order_end_date,
    {{ is_open_at('order_start_date', 'order_end_date', 'reference_date') }} as is_open_at_reference_date
from dolo
