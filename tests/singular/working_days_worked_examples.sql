-- What: the calendar of working days does not count as docs/rules/timelines.md 9 example 1 does.
-- When it matters: always; every measure in working days is wrong.
-- How to resolve: look at seeds/reference/ref_bank_holiday.csv and at int_calendar__working_day.
with example (first_date, last_date, n_working_days) as (

    values
    (date '2024-03-25', date '2024-05-30', 44),
    -- Good Friday, Easter Monday, 6 May and 27 May do not count
    (date '2024-03-25', date '2024-05-31', 45),
    (date '2024-03-25', date '2024-06-03', 46),
    (date '2024-12-20', date '2025-01-14', 14),
    (date '2024-12-20', date '2025-01-15', 15),
    (date '2024-12-20', date '2025-01-16', 16),
    (date '2024-05-01', date '2024-05-01', 0),
    -- Friday to Sunday, and Sunday to Monday
    (date '2024-05-10', date '2024-05-12', 0),
    (date '2024-05-12', date '2024-05-13', 1)

),

calendar as (

    select * from {{ ref('int_calendar__working_day') }}

)

select
    example.first_date,
    example.last_date,
    example.n_working_days as n_expected,
    later.working_day_number - earlier.working_day_number as n_counted
from example
left join calendar as earlier on example.first_date = earlier.calendar_date
left join calendar as later on example.last_date = later.calendar_date
where
    earlier.calendar_date is null
    or later.calendar_date is null
    or later.working_day_number - earlier.working_day_number <> example.n_working_days
