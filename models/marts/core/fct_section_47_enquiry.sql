-- One row per section 47 enquiry of a referral, by its start date, in each year that reports it.
with section_47 as (

    select * from {{ ref('int_cin_census__current_section_47') }}

)

select
    section_47_key,
    referral_key,
    child_year_key,
    child_key,
    la_code,
    collection_year,
    reference_date,
    load_id,
    referral_date,
    section_47_start_date,
    conference_target_date,
    conference_date,
    is_conference_not_required
from section_47
