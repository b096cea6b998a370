-- One row per day of the calendar, and one for no date.
with working_day as (

    select * from {{ ref('int_calendar__working_day') }}

),

collection_year as (

    select * from {{ ref('ref_collection_year') }}

)

select
    cast(
        extract(year from working_day.calendar_date) * 10000
        + extract(month from working_day.calendar_date) * 100
        + extract(day from working_day.calendar_date) as integer
    ) as date_key,
    working_day.calendar_date,
    cast(date_trunc('month', working_day.calendar_date) as date) as month_start_date,
    cast(last_day(working_day.calendar_date) as date) as month_end_date,
    cast(date_trunc('quarter', working_day.calendar_date) + interval 3 month - interval 1 day as date)
        as quarter_end_date,
    collection_year.collection_year,
    working_day.is_working_day
from working_day
left join collection_year
    on
        working_day.calendar_date >= collection_year.period_start
        and working_day.calendar_date <= collection_year.period_end

union all

select
    -1 as date_key,
    cast(null as date) as calendar_date,
    cast(null as date) as month_start_date,
    cast(null as date) as month_end_date,
    cast(null as date) as quarter_end_date,
    cast(null as integer) as collection_year,
    cast(null as boolean) as is_working_day
