-- Young people whom nobody could have counted on: care leavers who turned 18 in the months before the authority's latest
-- snapshot date and, so many months earlier, were neither in care for long enough to qualify nor had qualified
-- (care_leavers.md 6). One row per person and number of months before.
with time_window as (

    select
        max(case when window_name = 'care_leaver_qualifying_care' then length end) as qualifying_nights,
        max(case when window_name = 'concession_late_entry' then length end) as look_back_months
    from {{ ref('config_window') }}

),

status as (

    select *
    from {{ ref('int_measure__care_leaver_status') }}
    qualify snapshot_date = max(snapshot_date) over (partition by la_code)

),

month_ahead as (

    select row_number() over (order by calendar_date) as months_ahead
    from ({{ days_between_dates('2000-01-01', '2000-01-12') }})

),

-- the last day before the month that is so many months ahead is the 18th birthday's
turned_18 as (

    select
        status.person_key,
        status.la_code,
        status.uasc_former,
        status.birthday_18_date,
        cast(status.birthday_18_date - interval 4 year as date) as birthday_14_date,
        cast(status.birthday_18_date - interval 2 year as date) as birthday_16_date,
        cast(month_ahead.months_ahead as integer) as months_ahead,
        cast(
            status.birthday_18_date - (month_ahead.months_ahead - 1) * interval 1 month - interval 1 day as date
        ) as known_date
    from status
    cross join time_window
    cross join month_ahead
    where
        status.qualified = 'yes'
        and not status.is_left_or_died
        and status.birthday_18_date <= status.snapshot_date
        and status.birthday_18_date > status.snapshot_date - time_window.look_back_months * interval 1 month

),

known as (

    select
        turned_18.person_key,
        turned_18.months_ahead,
        -- care that goes on is counted on to the 18th birthday
        sum(
            greatest(
                0,
                {{ days_between(
                    'greatest(care.counted_from_date, turned_18.birthday_14_date)',
                    "least(case when care.end_effective_date <= turned_18.known_date then care.end_date "
                    ~ "else turned_18.birthday_18_date end, turned_18.birthday_18_date)"
                ) }}
            )
        ) as nights_14,
        bool_or(
            coalesce(care.end_effective_date > turned_18.known_date, true)
            or care.end_date > greatest(care.start_date, turned_18.birthday_16_date)
        ) as has_night_16
    from turned_18
    inner join {{ ref('int_measure__care_leaver_care') }} as care
        on turned_18.person_key = care.person_key and turned_18.known_date >= care.start_date
    where care.is_care
    group by turned_18.person_key, turned_18.months_ahead

)

select
    turned_18.person_key,
    turned_18.la_code,
    turned_18.months_ahead,
    turned_18.known_date,
    turned_18.uasc_former
from turned_18
cross join time_window
left join known on turned_18.person_key = known.person_key and turned_18.months_ahead = known.months_ahead
where not coalesce(known.nights_14 >= time_window.qualifying_nights and known.has_night_16, false)
