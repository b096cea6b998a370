-- The section 47 enquiries of the current submissions: one row per referral and start date.
with section_47 as (

    select * from {{ ref('stg_cin_census__section_47') }}

),

referral as (

    select * from {{ ref('int_cin_census__referral_key') }}

),

keyed as (

    select
        {{ surrogate_key([
            'referral.referral_key', date_or_row('section_47', 'section_47_start_date')
        ]) }} as section_47_key,
        referral.referral_key,
        referral.referral_date,
        referral.child_year_key,
        referral.reference_date,
        section_47.*
    from section_47
    inner join referral
        on
            section_47.load_id = referral.load_id
            and section_47.child_seq = referral.child_seq
            and section_47.cin_details_seq = referral.cin_details_seq

)

-- the same start twice under a referral: the last stands (timelines.md 3)
select * from keyed
qualify row_number() over (partition by section_47_key order by row_number_in_file desc) = 1
