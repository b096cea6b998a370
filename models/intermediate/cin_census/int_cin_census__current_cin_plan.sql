-- The child in need plans of the current submissions: one row per referral and start date.
with cin_plan as (

    select * from {{ ref('stg_cin_census__cin_plan') }}

),

referral as (

    select * from {{ ref('int_cin_census__referral_key') }}

),

keyed as (

    select
        {{ surrogate_key(['referral.referral_key', date_or_row('cin_plan', 'cin_plan_start_date')]) }} as cin_plan_key,
        referral.referral_key,
        referral.referral_date,
        referral.child_year_key,
        referral.reference_date,
        cin_plan.*
    from cin_plan
    inner join referral
        on
            cin_plan.load_id = referral.load_id
            and cin_plan.child_seq = referral.child_seq
            and cin_plan.cin_details_seq = referral.cin_details_seq

)

-- the same start twice under a referral: the last stands (timelines.md 3)
select * from keyed
qualify row_number() over (partition by cin_plan_key order by row_number_in_file desc) = 1
