-- The demand forecast of each authority and of London: children expected in care at each month's end, with the interval
-- of its refits, by scenario (docs/rules/sufficiency.md 5). Beside the back-test what was really seen.
with forecast as (

    select * from {{ ref('int_sufficiency__demand_forecast') }}

),

seen as (

    select
        stock.la_code,
        stock.fit,
        stock.stock_date,
        count_of.breakdown,
        case count_of.breakdown
            when 'total' then 'total'
            when 'age_band_forecast' then stock.age_band
            when 'placement_category' then stock.placement_category
            else concat(stock.age_band, ';', stock.placement_category)
        end as breakdown_value,
        sum(stock.n_children) as n_children
    from {{ ref('int_sufficiency__forecast_stock') }} as stock
    cross join (
        values ('total'), ('age_band_forecast'), ('placement_category'), ('age_band_forecast;placement_category')
    ) as count_of (breakdown)
    where not stock.is_origin
    group by all

),

seen_anywhere as (

    select * from seen

    union all

    select
        'london' as la_code,
        fit,
        stock_date,
        breakdown,
        breakdown_value,
        sum(n_children) as n_children
    from seen
    group by fit, stock_date, breakdown, breakdown_value

)

select
    forecast.la_code,
    forecast.fit,
    forecast.scenario,
    -- London starts with the authorities whose returns are the latest
    cast(last_day(forecast.period_end - forecast.months_ahead * interval 1 month) as date) as origin_date,
    forecast.period_end,
    forecast.months_ahead,
    forecast.breakdown,
    forecast.breakdown_value,
    cast(round(forecast.expected, 4) as decimal(18, 4)) as n_expected,
    cast(round(forecast.lower, 4) as decimal(18, 4)) as n_lower,
    cast(round(forecast.upper, 4) as decimal(18, 4)) as n_upper,
    cast(
        case when forecast.fit = 'back_test' then coalesce(seen_anywhere.n_children, 0) end as bigint
    ) as n_seen,
    forecast.n_authorities
from forecast
left join seen_anywhere
    on
        forecast.la_code = seen_anywhere.la_code
        and forecast.fit = seen_anywhere.fit
        and forecast.period_end = seen_anywhere.stock_date
        and forecast.breakdown = seen_anywhere.breakdown
        and forecast.breakdown_value = seen_anywhere.breakdown_value
