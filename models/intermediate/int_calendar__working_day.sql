-- Every day of the calendar with its running number of working days, so that
-- wd(a, b) of timelines.md 1 is the number at b less the number at a.
with calendar as (

    {{ days_between_dates(var('calendar_first_date'), var('calendar_last_date')) }}

),

bank_holiday as (

    select * from {{ ref('ref_bank_holiday') }}

),

working_day as (

    select
        calendar.calendar_date,
        {{ iso_weekday('calendar.calendar_date') }} <= 5 and bank_holiday.holiday_date is null as is_working_day
    from calendar
    left join bank_holiday on calendar.calendar_date = bank_holiday.holiday_date

)

select
    calendar_date,
    is_working_day,
    cast(sum(case when is_working_day then 1 else 0 end) over (order by calendar_date) as integer) as working_day_number
from working_day
