-- one row per measure, authority, period and breakdown value: the counts behind the assessment factor measures
with completed_assessment as (

    select * from {{ ref('fct_completed_assessment') }}

),

assessment_factor as (

    select * from {{ ref('fct_assessment_factor') }}

),

factor_measure as (

    select * from {{ ref('config_factor_measure') }}

),

factor as (

    select * from {{ ref('code_assessment_factor') }}

),

measure as (

    select * from {{ ref('config_measure') }}

),

breakdown as (

    select * from {{ ref('config_breakdown') }}

),

collection_year as (

    select * from {{ ref('ref_collection_year') }}

),

-- An authority without a return for the year has no row at all: nothing known is not 0.
returned as (

    select distinct
        la_code,
        collection_year
    from {{ ref('int_submission__current') }}
    where return_name = 'cin_census'

),

-- every assessment once under each breakdown, so that the values of a breakdown sum to its total
characteristic as (

    select
        assessment_key,
        la_code,
        collection_year,
        quarter_end_date,
        has_factors,
        n_factors,
        'total' as breakdown,
        'total' as breakdown_value
    from completed_assessment

    union all

    select
        assessment_key,
        la_code,
        collection_year,
        quarter_end_date,
        has_factors,
        n_factors,
        'age_band_cin' as breakdown,
        age_band_cin as breakdown_value
    from completed_assessment

    union all

    select
        assessment_key,
        la_code,
        collection_year,
        quarter_end_date,
        has_factors,
        n_factors,
        'sex' as breakdown,
        sex_code as breakdown_value
    from completed_assessment

    union all

    select
        assessment_key,
        la_code,
        collection_year,
        quarter_end_date,
        has_factors,
        n_factors,
        'ethnic_group' as breakdown,
        ethnic_group as breakdown_value
    from completed_assessment

    union all

    select
        assessment_key,
        la_code,
        collection_year,
        quarter_end_date,
        has_factors,
        n_factors,
        'disability' as breakdown,
        disability as breakdown_value
    from completed_assessment

),

base as (

    select
        la_code,
        collection_year,
        breakdown,
        breakdown_value,
        count(*) as n_completed,
        count(case when has_factors then 1 end) as n_with_factors,
        sum(n_factors) as n_factors
    from characteristic
    group by la_code, collection_year, breakdown, breakdown_value

),

base_of_quarter as (

    select
        la_code,
        collection_year,
        quarter_end_date,
        breakdown,
        breakdown_value,
        count(*) as n_completed
    from characteristic
    group by la_code, collection_year, quarter_end_date, breakdown, breakdown_value

),

-- the four quarters of each year: a quarter ends with June, September, December and March
quarter as (

    select
        collection_year.collection_year,
        cast(last_day(collection_year.period_end - quarter_number.months_back * interval 1 month) as date) as period_end
    from collection_year
    cross join (values (0), (3), (6), (9)) as quarter_number (months_back)

),

-- A code counts in the years of its list. 8A is older than any list we hold; the catalogue counts it all the same.
counted_factor as (

    select distinct
        assessment_factor.assessment_key,
        factor_measure.metric_id,
        factor_measure.factor_set
    from assessment_factor
    inner join factor_measure on assessment_factor.factor_code = factor_measure.factor_code
    where assessment_factor.is_factor_code_valid or factor_measure.counts_in_every_year

),

-- an assessment is in the numerator when it holds a code of every set: one set for most measures, three for one
set_count as (

    select
        metric_id,
        count(distinct factor_set) as n_sets
    from factor_measure
    group by metric_id

),

hit as (

    select
        counted_factor.assessment_key,
        counted_factor.metric_id,
        '' as factor_code
    from counted_factor
    inner join set_count on counted_factor.metric_id = set_count.metric_id
    group by counted_factor.assessment_key, counted_factor.metric_id, set_count.n_sets
    having count(*) = set_count.n_sets

    union all

    select distinct
        assessment_key,
        'factor_code_pct' as metric_id,
        factor_code
    from assessment_factor
    where is_factor_code_valid

),

hit_count as (

    select
        hit.metric_id,
        hit.factor_code,
        characteristic.la_code,
        characteristic.collection_year,
        characteristic.breakdown,
        characteristic.breakdown_value,
        count(*) as n_hits
    from characteristic
    inner join hit on characteristic.assessment_key = hit.assessment_key
    group by
        hit.metric_id,
        hit.factor_code,
        characteristic.la_code,
        characteristic.collection_year,
        characteristic.breakdown,
        characteristic.breakdown_value

),

-- what can be counted in which year: null is not 0
factor_year as (

    select
        factor.code as factor_code,
        collection_year.collection_year,
        collection_year.collection_year between factor.first_year and coalesce(factor.last_year, 9999) as is_valid
    from factor
    cross join collection_year

),

measured as (

    select
        factor_measure.metric_id,
        '' as factor_code,
        factor_year.collection_year,
        count(distinct case when factor_year.is_valid then factor_measure.factor_set end)
        = count(distinct factor_measure.factor_set) as is_valid
    from factor_measure
    inner join factor_year on factor_measure.factor_code = factor_year.factor_code
    group by factor_measure.metric_id, factor_year.collection_year

    union all

    select
        'factor_code_pct' as metric_id,
        factor_code,
        collection_year,
        is_valid
    from factor_year
    -- a code that went before the first year of the returns is not a row of any of them
    qualify max(case when is_valid then 1 else 0 end) over (partition by factor_code) = 1

),

-- the breakdown values of each measure, as the catalogue lists them, for every authority and year with a return
cell as (

    select
        measure.metric_id,
        returned.la_code,
        returned.collection_year,
        breakdown.breakdown,
        breakdown.breakdown_value
    from measure
    inner join breakdown
        on
            breakdown.breakdown = 'total'
            or ';' || measure.breakdowns || ';' like '%;' || breakdown.breakdown || ';%'
    cross join returned

),

-- the cells with what is counted for all of them
filled as (

    select
        cell.metric_id,
        cell.la_code,
        cell.collection_year,
        cell.breakdown,
        cell.breakdown_value,
        coalesce(base.n_completed, 0) as n_completed,
        coalesce(base.n_with_factors, 0) as n_with_factors,
        coalesce(base.n_factors, 0) as n_factors
    from cell
    left join base
        on
            cell.la_code = base.la_code
            and cell.collection_year = base.collection_year
            and cell.breakdown = base.breakdown
            and cell.breakdown_value = base.breakdown_value

),

counted as (

    -- assessments, with factors or without
    select
        metric_id,
        la_code,
        collection_year,
        breakdown,
        breakdown_value,
        case metric_id
            when 'assessments_completed_count' then n_completed
            when 'factors_recorded_pct' then n_with_factors
            when 'factor_mean_per_assessment' then n_factors
        end as numerator,
        case metric_id
            when 'factors_recorded_pct' then n_completed
            when 'factor_mean_per_assessment' then n_with_factors
        end as denominator
    from filled
    where metric_id in ('assessments_completed_count', 'factors_recorded_pct', 'factor_mean_per_assessment')

    union all

    -- assessments with a factor; of a single code, the code stands before the other breakdown
    select
        filled.metric_id,
        filled.la_code,
        filled.collection_year,
        case
            when measured.factor_code = '' then filled.breakdown
            when filled.breakdown = 'total' then 'factor'
            else 'factor;' || filled.breakdown
        end as breakdown,
        case
            when measured.factor_code = '' then filled.breakdown_value
            when filled.breakdown = 'total' then measured.factor_code
            else measured.factor_code || ';' || filled.breakdown_value
        end as breakdown_value,
        case when measured.is_valid then coalesce(hit_count.n_hits, 0) end as numerator,
        filled.n_with_factors as denominator
    from filled
    inner join measured
        on filled.metric_id = measured.metric_id and filled.collection_year = measured.collection_year
    left join hit_count
        on
            measured.metric_id = hit_count.metric_id
            and measured.factor_code = hit_count.factor_code
            and filled.la_code = hit_count.la_code
            and filled.collection_year = hit_count.collection_year
            and filled.breakdown = hit_count.breakdown
            and filled.breakdown_value = hit_count.breakdown_value

),

by_period as (

    select
        counted.metric_id,
        counted.la_code,
        'year' as period_type,
        collection_year.period_end,
        counted.breakdown,
        counted.breakdown_value,
        counted.numerator,
        counted.denominator
    from counted
    inner join collection_year on counted.collection_year = collection_year.collection_year

    union all

    -- the one measure the catalogue also wants by quarter
    select
        cell.metric_id,
        cell.la_code,
        'quarter' as period_type,
        quarter.period_end,
        cell.breakdown,
        cell.breakdown_value,
        coalesce(base_of_quarter.n_completed, 0) as numerator,
        null as denominator
    from cell
    inner join quarter on cell.collection_year = quarter.collection_year
    left join base_of_quarter
        on
            cell.la_code = base_of_quarter.la_code
            and cell.collection_year = base_of_quarter.collection_year
            and quarter.period_end = base_of_quarter.quarter_end_date
            and cell.breakdown = base_of_quarter.breakdown
            and cell.breakdown_value = base_of_quarter.breakdown_value
    where cell.metric_id = 'assessments_completed_count'

)

select
    metric_id,
    la_code,
    period_type,
    period_end,
    breakdown,
    breakdown_value,
    cast(numerator as bigint) as numerator,
    cast(denominator as bigint) as denominator
from by_period
