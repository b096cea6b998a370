-- The referrals of the current submissions: one row per child, year and referral date.
with cin_detail as (

    select * from {{ ref('stg_cin_census__cin_detail') }}

),

referral as (

    select * from {{ ref('int_cin_census__referral_key') }}

),

keyed as (

    select
        referral.referral_key,
        referral.child_year_key,
        referral.reference_date,
        cin_detail.*
    from cin_detail
    inner join referral
        on
            cin_detail.load_id = referral.load_id
            and cin_detail.child_seq = referral.child_seq
            and cin_detail.cin_details_seq = referral.cin_details_seq

)

-- the same referral date twice for a child: the last stands (timelines.md 3)
select * from keyed
qualify row_number() over (partition by referral_key order by row_number_in_file desc) = 1
