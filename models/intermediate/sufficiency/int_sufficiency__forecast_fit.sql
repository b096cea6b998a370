-- What is fitted for each authority: the forecast from the last day known, and the back-test from a year before it.
-- An authority without the returns of the whole reference window has no row.
with parameter as (

    select
        cast(max(case when parameter = 'forecast_reference_months' then value end) as integer) as reference_months,
        cast(max(case when parameter = 'forecast_hold_out_months' then value end) as integer) as hold_out_months,
        cast(max(case when parameter = 'forecast_horizon_months' then value end) as integer) as horizon_months
    from {{ ref('config_sufficiency_parameter') }}

),

-- the latest year of each authority, and how far back its returns reach without a missing year
latest as (

    select
        period.la_code,
        period.data_cutoff_date,
        known_year.period_start as known_since_date
    from {{ ref('int_measure__period') }} as period
    inner join {{ ref('ref_collection_year') }} as known_year
        on known_year.collection_year = period.collection_year - period.n_years_before
    where
        period.dataset = 'ssda903.episodes'
        and period.period_type = 'year'
        and period.period_end = period.data_cutoff_date
    -- after a year that was never sent a new thread begins: the latest counts
    qualify row_number() over (partition by period.la_code order by period.collection_year desc) = 1

),

fit as (

    select
        latest.la_code,
        'forecast' as fit,
        latest.data_cutoff_date as origin_date,
        parameter.horizon_months,
        parameter.reference_months,
        latest.known_since_date
    from latest
    cross join parameter

    union all

    select
        latest.la_code,
        'back_test' as fit,
        cast(
            last_day(latest.data_cutoff_date - parameter.hold_out_months * interval 1 month) as date
        ) as origin_date,
        parameter.hold_out_months as horizon_months,
        parameter.reference_months,
        latest.known_since_date
    from latest
    cross join parameter

),

windowed as (

    select
        la_code,
        fit,
        origin_date,
        horizon_months,
        known_since_date,
        -- the first day of the window
        {{ days_later("cast(last_day(origin_date - reference_months * interval 1 month) as date)", 1) }}
            as window_first_date
    from fit

)

select
    la_code,
    fit,
    origin_date,
    window_first_date,
    horizon_months
from windowed
where known_since_date <= window_first_date
