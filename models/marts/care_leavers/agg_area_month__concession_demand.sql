-- The travel concession in the year ahead, by the default set of rules: the stock of the month before and who turns 18,
-- less who turns 26 (care_leavers.md 6). One row per area, month ahead and breakdown value.
with time_window as (

    select
        max(case when window_name = 'care_leaver_qualifying_care' then length end) as qualifying_nights,
        max(case when window_name = 'concession_late_entry' then length end) as look_back_months
    from {{ ref('config_window') }}

),

taken as (

    select
        rule_set,
        status
    from {{ ref('config_concession_rule_set') }}
    where is_default

),

-- each authority from its own latest snapshot date; entries to come only where the months to learn them from were sent
base as (

    select
        period.la_code,
        period.period_end as snapshot_date,
        (period.n_years_before + 1) * 12 >= time_window.look_back_months as is_look_back_complete
    from {{ ref('int_measure__period') }} as period
    cross join time_window
    where period.dataset = 'ssda903.episodes' and period.period_type = 'snapshot'
    qualify period.period_end = max(period.period_end) over (partition by period.la_code)

),

month_ahead as (

    select cast(row_number() over (order by calendar_date) as integer) as months_ahead
    from ({{ days_between_dates('2000-01-01', '2000-01-12') }})

),

holder as (

    select
        concession.la_code,
        concession.uasc_former,
        'stock' as kind,
        0 as months_ahead
    from {{ ref('fct_travel_concession') }} as concession
    inner join base
        on concession.la_code = base.la_code and concession.snapshot_date = base.snapshot_date
    where concession.is_default_rule_set and concession.is_counted

    union all

    -- the 26th birthday falls in the month after the last valid day
    select
        concession.la_code,
        concession.uasc_former,
        'ageing_out' as kind,
        {{ months_between('concession.snapshot_date', days_later('concession.valid_to_date', 1)) }} as months_ahead
    from {{ ref('fct_travel_concession') }} as concession
    inner join base
        on concession.la_code = base.la_code and concession.snapshot_date = base.snapshot_date
    where concession.is_default_rule_set and concession.is_counted

),

-- care that goes on is counted on to the 18th birthday
turning_18 as (

    select
        young_person.la_code,
        young_person.uasc_former,
        'turning_18' as kind,
        {{ months_between('young_person.snapshot_date', 'young_person.birthday_18_date') }} as months_ahead
    from {{ ref('int_measure__care_leaver_status') }} as young_person
    inner join base
        on young_person.la_code = base.la_code and young_person.snapshot_date = base.snapshot_date
    cross join time_window
    inner join taken
        on case
            when young_person.qualified = 'yes' then 'former_relevant'
            when
                young_person.is_looked_after
                and young_person.nights_14
                + {{ days_between('young_person.snapshot_date', 'young_person.birthday_18_date') }}
                >= time_window.qualifying_nights
                then 'former_relevant'
            when young_person.is_looked_after or young_person.has_night_16 then 'qualifying'
        end = taken.status
    where young_person.birthday_18_date > young_person.snapshot_date and not young_person.is_left_or_died

),

late_entry as (

    select
        la_code,
        uasc_former,
        'late_entry' as kind,
        months_ahead
    from {{ ref('int_measure__concession_late_entry') }}

),

person as (

    select * from holder
    union all
    select * from turning_18
    union all
    select * from late_entry

),

characteristic as (

    {{ by_breakdown('person', ['uasc_former']) }}

),

counted as (

    select
        la_code,
        months_ahead,
        breakdown,
        breakdown_value,
        count(*) filter (where kind = 'stock') as n_stock,
        count(*) filter (where kind = 'turning_18') as n_turning_18,
        count(*) filter (where kind = 'late_entry') as n_late_entries,
        count(*) filter (where kind = 'ageing_out') as n_ageing_out
    from characteristic
    group by la_code, months_ahead, breakdown, breakdown_value

),

authority as (

    select
        base.la_code,
        base.snapshot_date,
        base.is_look_back_complete,
        month_ahead.months_ahead,
        breakdown.breakdown,
        breakdown.breakdown_value,
        coalesce(stock.n_stock, 0) as n_stock,
        coalesce(counted.n_turning_18, 0) as n_turning_18,
        case when base.is_look_back_complete then coalesce(counted.n_late_entries, 0) end as n_late_entries,
        coalesce(counted.n_ageing_out, 0) as n_ageing_out
    from base
    cross join month_ahead
    inner join {{ ref('config_breakdown') }} as breakdown on breakdown.breakdown in ('total', 'uasc_former')
    left join counted
        on
            base.la_code = counted.la_code
            and month_ahead.months_ahead = counted.months_ahead
            and breakdown.breakdown = counted.breakdown
            and breakdown.breakdown_value = counted.breakdown_value
    left join counted as stock
        on
            base.la_code = stock.la_code
            and stock.months_ahead = 0
            and breakdown.breakdown = stock.breakdown
            and breakdown.breakdown_value = stock.breakdown_value

),

-- an area is the sum of the authorities that can be walked from the same day
every_area as (

    select
        la_code,
        snapshot_date,
        months_ahead,
        breakdown,
        breakdown_value,
        n_stock,
        n_turning_18,
        n_late_entries,
        n_ageing_out,
        1 as n_authorities
    from authority

    union all

    select
        area.area_code as la_code,
        authority.snapshot_date,
        authority.months_ahead,
        authority.breakdown,
        authority.breakdown_value,
        sum(authority.n_stock) as n_stock,
        sum(authority.n_turning_18) as n_turning_18,
        sum(authority.n_late_entries) as n_late_entries,
        sum(authority.n_ageing_out) as n_ageing_out,
        count(*) as n_authorities
    from authority
    inner join {{ ref('ref_measure_area') }} as area on authority.la_code = area.la_code
    where
        authority.is_look_back_complete
        and authority.snapshot_date = (select max(base.snapshot_date) from base)
    group by
        area.area_code, authority.snapshot_date, authority.months_ahead, authority.breakdown, authority.breakdown_value

),

walked as (

    select
        *,
        n_stock + sum(n_turning_18 - n_ageing_out) over of_area as n_known_stock,
        sum(n_late_entries) over of_area as n_late_entries_so_far
    from every_area
    window of_area as (
        partition by la_code, breakdown, breakdown_value
        order by months_ahead
        rows between unbounded preceding and current row
    )

)

select
    walked.la_code,
    walked.snapshot_date,
    rule_set.rule_set,
    walked.months_ahead,
    cast(date_trunc('month', walked.snapshot_date + walked.months_ahead * interval 1 month) as date)
        as month_start_date,
    walked.breakdown,
    walked.breakdown_value,
    cast(walked.n_stock as bigint) as n_stock_at_snapshot,
    cast(walked.n_turning_18 as bigint) as n_turning_18,
    cast(walked.n_late_entries as bigint) as n_late_entries,
    {{ exact_ratio('walked.n_late_entries', 'time_window.look_back_months') }} as expected_entries,
    cast(walked.n_ageing_out as bigint) as n_ageing_out,
    cast(
        walked.n_known_stock
        + {{ exact_ratio('walked.n_late_entries_so_far', 'time_window.look_back_months') }}
        as decimal(18, 6)
    ) as stock,
    cast(walked.n_authorities as integer) as n_authorities
from walked
cross join time_window
cross join (select distinct rule_set from taken) as rule_set
order by walked.la_code, walked.breakdown, walked.breakdown_value, walked.months_ahead
