-- The forecast of children in care in whole children, for each month's end ahead. The parts of a breakdown are rounded
-- so that they sum to the rounded total: those with the largest remainders get what is left over.
with forecast as (

    select *
    from {{ ref('fct_demand_forecast') }}
    where
        fit = 'forecast'
        and scenario = 'base'
        and la_code <> 'london'
        and breakdown in ('total', 'age_band_forecast', 'placement_category')

),

total as (

    select
        la_code,
        period_end,
        cast(round(n_expected) as bigint) as n_total
    from forecast
    where breakdown = 'total'

),

floored as (

    select
        la_code,
        period_end,
        breakdown,
        breakdown_value,
        cast(floor(n_expected) as bigint) as n_floor,
        row_number() over (
            partition by la_code, period_end, breakdown
            order by n_expected - floor(n_expected) desc, breakdown_value asc
        ) as place_by_remainder,
        sum(cast(floor(n_expected) as bigint)) over (partition by la_code, period_end, breakdown) as n_floor_of_all
    from forecast

)

select
    'demand_forecast_cla' as metric_id,
    floored.la_code,
    'month_ahead' as period_type,
    floored.period_end,
    floored.breakdown,
    floored.breakdown_value,
    cast(
        floored.n_floor
        + case when floored.place_by_remainder <= total.n_total - floored.n_floor_of_all then 1 else 0 end as bigint
    ) as numerator,
    cast(null as bigint) as denominator
from floored
inner join total on floored.la_code = total.la_code and floored.period_end = total.period_end
