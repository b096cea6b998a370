-- One row per incident of being missing or away, by its start date and kind, in each year that reports it.
with missing as (

    select * from {{ ref('int_ssda903__current_missing') }}

)

select
    missing_spell_key,
    child_year_key,
    child_key,
    la_code,
    collection_year,
    reference_date,
    load_id,
    missing_type_code,
    missing_type_label,
    missing_start_date,
    missing_end_date,
    {{ is_open_at('missing_start_date', 'missing_end_date', 'reference_date') }} as is_open_at_reference_date
from missing
