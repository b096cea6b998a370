-- The child protection plans of the current submissions: one row per child, year and start date.
with plan as (

    select * from {{ ref('stg_cin_census__child_protection_plan') }}

),

referral as (

    select * from {{ ref('int_cin_census__referral_key') }}

),

keyed as (

    select
        {{ surrogate_key([
            'referral.child_year_key', date_or_row('plan', 'child_protection_plan_start_date')
        ]) }} as child_protection_plan_key,
        referral.referral_key,
        referral.referral_date,
        referral.child_year_key,
        referral.reference_date,
        plan.*
    from plan
    inner join referral
        on
            plan.load_id = referral.load_id
            and plan.child_seq = referral.child_seq
            and plan.cin_details_seq = referral.cin_details_seq

)

-- the same start twice for a child, under two referrals perhaps: the last stands (timelines.md 3)
select * from keyed
qualify row_number() over (partition by child_protection_plan_key order by row_number_in_file desc) = 1
