-- The review conferences of the current submissions: one row per child protection plan and date.
-- A review belongs to the plan of its child and start date, whichever of two equal plan blocks it hangs under.
with review as (

    select * from {{ ref('stg_cin_census__review') }}

),

plan as (

    select * from {{ ref('stg_cin_census__child_protection_plan') }}

),

referral as (

    select * from {{ ref('int_cin_census__referral_key') }}

),

keyed as (

    select
        {{ surrogate_key(['referral.child_year_key', date_or_row('plan', 'child_protection_plan_start_date')]) }}
            as child_protection_plan_key,
        referral.child_year_key,
        referral.reference_date,
        review.*
    from review
    inner join plan
        on
            review.load_id = plan.load_id
            and review.child_seq = plan.child_seq
            and review.cin_details_seq = plan.cin_details_seq
            and review.cpp_seq = plan.cpp_seq
    inner join referral
        on
            review.load_id = referral.load_id
            and review.child_seq = referral.child_seq
            and review.cin_details_seq = referral.cin_details_seq

)

-- the same day twice for a plan is one review
select
    {{ surrogate_key(['keyed.child_protection_plan_key', date_or_row('keyed', 'review_date')]) }}
        as child_protection_review_key,
    keyed.*
from keyed
qualify row_number() over (partition by child_protection_review_key order by keyed.row_number_in_file desc) = 1
