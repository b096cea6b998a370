-- One row per child adopted in the year, with the decision, the match and the adopters (AD1).
with ad1 as (

    select * from {{ ref('int_ssda903__current_ad1') }}

)

select
    child_year_key,
    child_key,
    la_code,
    collection_year,
    reference_date,
    load_id,
    birth_month,
    best_interest_decision_date,
    matched_date,
    is_adopted_by_foster_carer,
    number_of_adopters_code,
    number_of_adopters_label,
    sex_of_adopters_code,
    sex_of_adopters_label,
    legal_status_of_adopters_code,
    legal_status_of_adopters_label
from ad1
