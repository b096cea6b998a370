-- The assessments of the current submissions: one row per referral and start date.
with assessment as (

    select * from {{ ref('stg_cin_census__assessment') }}

),

referral as (

    select * from {{ ref('int_cin_census__referral_key') }}

),

keyed as (

    select
        {{ surrogate_key([
            'referral.referral_key', date_or_row('assessment', 'assessment_start_date')
        ]) }} as assessment_key,
        referral.referral_key,
        referral.referral_date,
        referral.child_year_key,
        referral.reference_date,
        assessment.*
    from assessment
    inner join referral
        on
            assessment.load_id = referral.load_id
            and assessment.child_seq = referral.child_seq
            and assessment.cin_details_seq = referral.cin_details_seq

)

-- the same start twice under a referral: the one authorised last stands, as the measures have it (config_measure,
-- assessments_completed_count); of two alike, the last in the file
select * from keyed
qualify
    row_number() over (
        partition by assessment_key
        order by authorisation_date desc nulls last, row_number_in_file desc nulls last
    ) = 1
