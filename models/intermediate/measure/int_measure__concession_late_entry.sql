-- Young people whom nobody could have counted on: they turned 18 in the months before the authority's latest snapshot
-- date with enough care for the travel concession, and so many months earlier it could not be known that they would
-- (care_leavers.md 6). One row per person and number of months ahead.
with time_window as (

    select
        max(case when window_name = 'care_leaver_qualifying_care' then length end) as qualifying_nights,
        max(case when window_name = 'concession_late_entry' then length end) as look_back_months
    from {{ ref('config_window') }}

),

taken as (

    select status
    from {{ ref('config_concession_rule_set') }}
    where is_default

),

month_ahead as (

    select cast(row_number() over (order by calendar_date) as integer) as months_ahead
    from ({{ days_between_dates('2000-01-01', '2000-01-12') }})

),

status as (

    select * from {{ ref('int_measure__care_leaver_status') }}
    qualify snapshot_date = max(snapshot_date) over (partition by la_code)

),

-- Turned 18, by care that the returns tell: who is listed only would look as if he had come from nowhere.
turned_18 as (

    select
        status.person_key,
        status.la_code,
        status.uasc_former,
        status.birthday_18_date,
        month_ahead.months_ahead,
        -- the last day on which the month of the 18th birthday is so many months ahead
        cast(
            status.birthday_18_date - (month_ahead.months_ahead - 1) * interval 1 month - interval 1 day as date
        ) as known_date
    from status
    cross join time_window
    inner join taken
        on case
            when status.has_night_16 and status.nights_14 >= time_window.qualifying_nights then 'former_relevant'
            when status.has_night_16 then 'qualifying'
        end = taken.status
    cross join month_ahead
    where
        not status.is_left_or_died
        and status.birthday_18_date <= status.snapshot_date
        and status.birthday_18_date > status.snapshot_date - time_window.look_back_months * interval 1 month

),

-- what was known then of the care up to the 18th birthday: care that went on is counted on
foreseen as (

    select
        turned_18.person_key,
        turned_18.months_ahead,
        care.start_date,
        care.counted_from_date,
        cast(turned_18.birthday_18_date - interval 4 year as date) as birthday_14_date,
        cast(turned_18.birthday_18_date - interval 2 year as date) as birthday_16_date,
        least(
            case
                when care.end_effective_date <= turned_18.known_date then care.end_date
                else turned_18.birthday_18_date
            end,
            turned_18.birthday_18_date
        ) as counted_until_date
    from turned_18
    inner join {{ ref('int_measure__care_leaver_care') }} as care
        on turned_18.person_key = care.person_key and turned_18.known_date >= care.start_date
    where care.is_care

),

foreseen_care as (

    select
        person_key,
        months_ahead,
        sum(greatest(0, {{ days_between('greatest(counted_from_date, birthday_14_date)', 'counted_until_date') }}))
            as nights_14,
        bool_or(counted_until_date > greatest(start_date, birthday_16_date)) as has_night_16
    from foreseen
    group by person_key, months_ahead

),

foreseen_status as (

    select
        foreseen_care.person_key,
        foreseen_care.months_ahead,
        case
            when foreseen_care.has_night_16 and foreseen_care.nights_14 >= time_window.qualifying_nights
                then 'former_relevant'
            when foreseen_care.has_night_16 then 'qualifying'
        end as status
    from foreseen_care
    cross join time_window

)

select
    turned_18.person_key,
    turned_18.la_code,
    turned_18.months_ahead,
    turned_18.known_date,
    turned_18.uasc_former
from turned_18
left join foreseen_status
    on turned_18.person_key = foreseen_status.person_key and turned_18.months_ahead = foreseen_status.months_ahead
left join taken on foreseen_status.status = taken.status
where taken.status is null
