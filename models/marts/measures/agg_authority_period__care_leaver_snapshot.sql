-- Young people of 16 and 17 with a right to support, and the travel concession by the default set of rules, by snapshot
-- date: the counts behind the measures (care_leavers.md 2 and 5).
with supported as (

    select
        la_code,
        snapshot_date,
        status
    from {{ ref('int_measure__care_leaver_status') }}
    where age between 16 and 17 and status in ('eligible', 'relevant')

),

supported_characteristic as (

    {{ by_breakdown('supported', ['status']) }}

),

young_person as (

    select
        la_code,
        snapshot_date,
        age,
        uasc_former,
        is_counted,
        is_listed_in_any_year
    from {{ ref('fct_travel_concession') }}
    where is_default_rule_set and age between 18 and 25

),

characteristic as (

    {{ by_breakdown('young_person', ['age', 'uasc_former']) }}

),

counted as (

    select
        'eligible_relevant_16_17_count' as metric_id,
        la_code,
        snapshot_date,
        breakdown,
        breakdown_value,
        count(*) as numerator,
        cast(null as bigint) as denominator
    from supported_characteristic
    group by la_code, snapshot_date, breakdown, breakdown_value

    union all

    select
        'tfl_concession_eligible_count' as metric_id,
        la_code,
        snapshot_date,
        breakdown,
        breakdown_value,
        count(*) filter (where is_counted) as numerator,
        cast(null as bigint) as denominator
    from characteristic
    group by la_code, snapshot_date, breakdown, breakdown_value

    union all

    -- over those whom a return has listed as care leaver in any year loaded
    select
        'tfl_concession_eligible_rate_of_care_leavers' as metric_id,
        la_code,
        snapshot_date,
        breakdown,
        breakdown_value,
        count(*) filter (where is_counted) as numerator,
        count(*) as denominator
    from characteristic
    where is_listed_in_any_year
    group by la_code, snapshot_date, breakdown, breakdown_value

),

cell as (

    select * from {{ ref('int_measure__cell') }}
    where
        period_type = 'snapshot'
        and metric_id in (
            'eligible_relevant_16_17_count',
            'tfl_concession_eligible_count',
            'tfl_concession_eligible_rate_of_care_leavers'
        )

)

select
    cell.metric_id,
    cell.la_code,
    cell.period_type,
    cell.period_end,
    cell.breakdown,
    cell.breakdown_value,
    coalesce(counted.numerator, 0) as numerator,
    case when cell.metric_id not like '%_count' then coalesce(counted.denominator, 0) end as denominator
from cell
left join counted
    on
        cell.metric_id = counted.metric_id
        and cell.la_code = counted.la_code
        and cell.period_end = counted.snapshot_date
        and cell.breakdown = counted.breakdown
        and cell.breakdown_value = counted.breakdown_value
