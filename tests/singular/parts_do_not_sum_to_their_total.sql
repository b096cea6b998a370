-- What: the values of a breakdown do not sum to the row of all, or authorities do not sum to London or a sub-region.
-- When it matters: always; somebody is counted twice or falls out.
-- How to resolve: give the value nobody expected a row in seeds/config/config_breakdown.csv, or mend the model.
with measure as (

    select * from {{ ref('fct_measure') }}
    -- a pair of factors is no part of anything; medians, indices and what is made for each area by itself do not add up
    where
        breakdown <> 'factor_a;factor_b'
        and metric_id not in (
            select median.metric_id from {{ ref('agg_area_period__median') }} as median
            union all
            select rate_index.metric_id from {{ ref('agg_area_period__relative_rate_index') }} as rate_index
            union all
            select scheme.metric_id from {{ ref('agg_area_period__transfer_scheme') }} as scheme
            union all
            select forecast.metric_id from {{ ref('agg_area_period__forecast_error') }} as forecast
        )

),

-- The whole that a row is a part of: total, or of one factor code the code itself. Rates by group leave out whom no
-- population holds, and the bands of a share have no row of all.
part as (

    select
        metric_id,
        la_code,
        period_type,
        period_end,
        case when breakdown like 'factor;%' then 'factor' else 'total' end as whole,
        case when breakdown like 'factor;%' then split_part(breakdown_value, ';', 1) else 'total' end as whole_value,
        breakdown,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from measure
    where
        breakdown not in ('total', 'factor')
        and metric_id not in (select rate.metric_id from {{ ref('config_rate') }} as rate)
        and metric_id not in (select band.metric_id from {{ ref('config_measure_band') }} as band)
    group by all

),

area as (

    select
        measure.metric_id,
        area.area_code,
        measure.period_type,
        measure.period_end,
        measure.breakdown,
        measure.breakdown_value,
        sum(measure.numerator) as numerator,
        sum(measure.denominator) as denominator,
        coalesce(nullif(count(measure.numerator), 0), count(*)) as n_authorities
    from measure
    inner join {{ ref('ref_measure_area') }} as area on measure.la_code = area.la_code
    group by all

)

select
    part.metric_id,
    part.la_code,
    part.period_end,
    part.breakdown
from part
left join measure as total
    on
        part.metric_id = total.metric_id
        and part.la_code = total.la_code
        and part.period_type = total.period_type
        and part.period_end = total.period_end
        and part.whole = total.breakdown
        and part.whole_value = total.breakdown_value
where
    part.numerator is distinct from total.numerator
    or part.denominator is distinct from total.denominator

union all

select
    area.metric_id,
    area.area_code as la_code,
    area.period_end,
    area.breakdown
from area
left join measure as total
    on
        area.metric_id = total.metric_id
        and area.area_code = total.la_code
        and area.period_type = total.period_type
        and area.period_end = total.period_end
        and area.breakdown = total.breakdown
        and area.breakdown_value = total.breakdown_value
where
    area.numerator is distinct from total.numerator
    or area.denominator is distinct from total.denominator
    or area.n_authorities is distinct from total.n_authorities
