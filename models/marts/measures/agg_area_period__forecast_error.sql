-- How far off the forecast was: fitted before the last 12 months and held against each month's end of them. A mean of
-- ratios is no sum: London has its own.
with month_end as (

    select
        la_code,
        period_end,
        n_authorities,
        max(period_end) over (partition by la_code) as last_period_end,
        -- the ratio in millionths, in whole numbers
        cast(
            1000000 * {{ exact_ratio('abs(cast(n_expected * 10000 as bigint) - n_seen * 10000)', 'n_seen * 10000') }}
            as bigint
        ) as millionths_off
    from {{ ref('fct_demand_forecast') }}
    where fit = 'back_test' and scenario = 'base' and breakdown = 'total'

)

select
    'demand_forecast_error_mape' as metric_id,
    la_code,
    'year' as period_type,
    last_period_end as period_end,
    'total' as breakdown,
    'total' as breakdown_value,
    cast(null as decimal(18, 6)) as numerator,
    -- months held out in which there was anybody
    cast(count(millionths_off) as decimal(18, 6)) as denominator,
    {{ exact_ratio('100 * sum(millionths_off)', '1000000 * count(millionths_off)') }} as value,
    min(n_authorities) as n_authorities
from month_end
group by la_code, last_period_end
