-- One row per decision that a child should be placed for adoption, by its date, in each year that reports it.
with decision as (

    select * from {{ ref('int_ssda903__current_placed_for_adoption') }}

)

select
    placement_decision_key,
    child_year_key,
    child_key,
    la_code,
    collection_year,
    reference_date,
    load_id,
    placement_decision_date,
    placement_decision_reversed_date,
    reason_placement_decision_reversed_code,
    reason_placement_decision_reversed_label,
    {{ is_open_at('placement_decision_date', 'placement_decision_reversed_date', 'reference_date') }}
        as is_open_at_reference_date
from decision
