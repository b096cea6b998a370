-- Children in each state on the day a forecast starts from, and on each month's end that a back-test is held against.
with fit as (

    select * from {{ ref('int_sufficiency__forecast_fit') }}

),

month_ahead as (

    select distinct month_end_date
    from {{ ref('dim_date') }}
    where month_end_date is not null

),

-- 0 months ahead is the day of the origin
stock_date as (

    select
        fit.la_code,
        fit.fit,
        month_ahead.month_end_date as stock_date,
        fit.origin_date = month_ahead.month_end_date as is_origin
    from fit
    inner join month_ahead
        on
            fit.origin_date <= month_ahead.month_end_date
            and month_ahead.month_end_date
            <= case
                when fit.fit = 'forecast' then fit.origin_date
                else cast(last_day(fit.origin_date + fit.horizon_months * interval 1 month) as date)
            end

)

select
    stock_date.la_code,
    stock_date.fit,
    stock_date.stock_date,
    stock_date.is_origin,
    state.age_band,
    state.placement_category,
    count(*) as n_children
from stock_date
inner join {{ ref('int_sufficiency__care_state') }} as state
    on
        stock_date.la_code = state.la_code
        and stock_date.stock_date >= state.from_date
        and (state.to_date is null or stock_date.stock_date < state.to_date)
group by
    stock_date.la_code,
    stock_date.fit,
    stock_date.stock_date,
    stock_date.is_origin,
    state.age_band,
    state.placement_category
