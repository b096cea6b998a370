-- One row per initial child protection conference: how long after its enquiry it was held, and whether a plan followed.
with time_window as (

    select
        max(case when window_name = 'conference_on_time' then length end) as working_days,
        max(case when window_name = 'conference_to_plan' then length end) as plan_days
    from {{ ref('config_window') }}

),

calendar as (

    select * from {{ ref('int_calendar__working_day') }}

),

conference as (

    select * from {{ ref('fct_conference_spell') }}

),

-- a conference for a plan transferred in has no enquiry; one before its enquiry is a fault of the return
timed as (

    select
        conference.conference_spell_key,
        held.working_day_number - started.working_day_number as working_days
    from conference
    inner join calendar as started on conference.section_47_start_date = started.calendar_date
    inner join calendar as held on conference.conference_date = held.calendar_date
    where conference.came_from = 'section_47' and conference.conference_date >= conference.section_47_start_date

),

followed as (

    select distinct conference.conference_spell_key
    from conference
    cross join time_window
    inner join {{ ref('fct_child_protection_plan_spell') }} as plan
        on
            conference.child_key = plan.child_key
            and {{ days_between('conference.conference_date', 'plan.start_date') }} between 0 and time_window.plan_days

)

select
    conference.conference_spell_key,
    conference.child_key,
    conference.la_code,
    conference.conference_date,
    timed.working_days,
    timed.working_days <= time_window.working_days as is_on_time,
    duration_band.duration_band as wd_band,
    -- to the data cutoff, or to the last return before a year that was never sent
    {{ days_between('conference.conference_date', 'sent.observed_until_date') }} >= time_window.plan_days
        as is_old_enough_to_tell,
    followed.conference_spell_key is not null as is_followed_by_plan
from conference
cross join time_window
inner join {{ ref('int_journey__return') }} as sent
    on conference.la_code = sent.la_code and conference.last_return_year = sent.collection_year
left join timed on conference.conference_spell_key = timed.conference_spell_key
left join followed on conference.conference_spell_key = followed.conference_spell_key
left join {{ ref('config_duration_band') }} as duration_band
    on
        duration_band.band_set = 'conference_working_days'
        and timed.working_days >= duration_band.minimum
        and timed.working_days <= coalesce(duration_band.maximum, 99999)
