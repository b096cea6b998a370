-- One row per pre-proceedings block of a referral (collection 2027 on).
with pre_proceedings as (

    select * from {{ ref('int_cin_census__current_pre_proceedings') }}

)

select
    pre_proceedings_key,
    referral_key,
    child_year_key,
    child_key,
    la_code,
    collection_year,
    reference_date,
    load_id,
    referral_date,
    pre_proceedings_start_date,
    letter_before_proceedings_date,
    is_family_group_meeting_offered,
    is_family_group_meeting_facilitated,
    initial_meeting_date,
    n_review_meetings,
    step_decision_date,
    outcome_code,
    outcome_label,
    court_application_date,
    care_proceedings_letter_date
from pre_proceedings
