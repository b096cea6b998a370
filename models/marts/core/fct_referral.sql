-- One row per referral of a child, by its date, in each year that reports it.
with referral as (

    select * from {{ ref('int_cin_census__current_referral') }}

)

select
    referral_key,
    child_year_key,
    child_key,
    la_code,
    collection_year,
    reference_date,
    load_id,
    referral_date,
    referral_source_code,
    referral_source_label,
    primary_need_code,
    primary_need_label,
    is_no_further_action,
    closure_date,
    reason_for_closure_code,
    reason_for_closure_label,
    {{ is_open_at('referral_date', 'closure_date', 'reference_date') }} as is_open_at_reference_date
from referral
