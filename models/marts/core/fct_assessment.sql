-- One row per assessment of a referral, by its start date, in each year that reports it.
with assessment as (

    select * from {{ ref('int_cin_census__current_assessment') }}

),

factor as (

    select
        assessment_key,
        count(*) as n_factors
    from {{ ref('int_cin_census__current_assessment_factor') }}
    group by assessment_key

),

calendar as (

    select * from {{ ref('int_calendar__working_day') }}

)

select
    assessment.assessment_key,
    assessment.referral_key,
    assessment.child_year_key,
    assessment.child_key,
    assessment.la_code,
    assessment.collection_year,
    assessment.reference_date,
    assessment.load_id,
    assessment.referral_date,
    assessment.assessment_start_date,
    assessment.internal_review_date,
    assessment.authorisation_date,
    assessment.authorisation_date is not null as is_authorised,
    authorised.working_day_number - started.working_day_number as working_days_to_authorisation,
    cast(coalesce(factor.n_factors, 0) as integer) as n_factors
from assessment
left join factor on assessment.assessment_key = factor.assessment_key
left join calendar as started on assessment.assessment_start_date = started.calendar_date
left join calendar as authorised on assessment.authorisation_date = authorised.calendar_date
