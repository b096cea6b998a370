-- One row per completed assessment with a start on or before its end: how many working days it took.
with time_window as (

    select max(case when window_name = 'assessment_on_time' then length end) as working_days
    from {{ ref('config_window') }}

),

calendar as (

    select * from {{ ref('int_calendar__working_day') }}

),

-- a missing or reversed date is a fault of the return, shown in its findings, and in no duration
timed as (

    select
        assessment.assessment_key,
        assessment.la_code,
        assessment.child_key,
        authorised.working_day_number - started.working_day_number as working_days
    from {{ ref('fct_completed_assessment') }} as assessment
    inner join calendar as started on assessment.assessment_start_date = started.calendar_date
    inner join calendar as authorised on assessment.authorisation_date = authorised.calendar_date
    where assessment.authorisation_date >= assessment.assessment_start_date

)

select
    timed.assessment_key,
    timed.la_code,
    timed.child_key,
    timed.working_days,
    timed.working_days <= time_window.working_days as is_on_time,
    duration_band.duration_band
from timed
cross join time_window
inner join {{ ref('config_duration_band') }} as duration_band
    on
        duration_band.band_set = 'assessment_working_days'
        and timed.working_days >= duration_band.minimum
        and timed.working_days <= coalesce(duration_band.maximum, 99999)
