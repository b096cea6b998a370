-- one row per measure, authority, year and breakdown value: the counts behind the measures of assessment factors
with assessment as (

    select
        event.la_code,
        event.collection_year,
        event.event_key as assessment_key,
        event.age_band_cin,
        event.age_band_adolescent,
        event.sex,
        event.ethnic_group,
        event.disability,
        completed.has_factors,
        completed.n_factors
    from {{ ref('int_measure__children_in_need_event') }} as event
    inner join {{ ref('fct_completed_assessment') }} as completed on event.event_key = completed.assessment_key
    where event.event_type = 'assessment'

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

collection_year as (

    select * from {{ ref('ref_collection_year') }}

),

-- every assessment once under each breakdown, so that the values of a breakdown sum to its total
characteristic as (

    {{ by_breakdown('assessment', ['age_band_cin', 'age_band_adolescent', 'sex', 'ethnic_group', 'disability']) }}

),

base as (

    select
        la_code,
        collection_year,
        breakdown,
        breakdown_value,
        count(*) as n_completed,
        count(*) filter (where has_factors) as n_with_factors,
        count(*) filter (where has_factors and age_band_adolescent <> 'other') as n_adolescents_with_factors,
        sum(n_factors) as n_factors
    from characteristic
    group by la_code, collection_year, breakdown, breakdown_value

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
        count(distinct factor_set) as n_sets,
        bool_or(coalesce(age_band_set = 'adolescent', false)) as is_of_adolescents
    from factor_measure
    group by metric_id

),

hit as (

    select
        counted_factor.assessment_key,
        counted_factor.metric_id,
        '' as factor_code,
        set_count.is_of_adolescents
    from counted_factor
    inner join set_count on counted_factor.metric_id = set_count.metric_id
    group by
        counted_factor.assessment_key,
        counted_factor.metric_id,
        set_count.n_sets,
        set_count.is_of_adolescents
    having count(*) = set_count.n_sets

    union all

    select distinct
        assessment_key,
        'factor_code_pct' as metric_id,
        factor_code,
        false as is_of_adolescents
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
    -- a measure of adolescents leaves out every other age
    where not hit.is_of_adolescents or characteristic.age_band_adolescent <> 'other'
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
        = count(distinct factor_measure.factor_set) as is_valid,
        bool_or(coalesce(factor_measure.age_band_set = 'adolescent', false)) as is_of_adolescents
    from factor_measure
    inner join factor_year on factor_measure.factor_code = factor_year.factor_code
    group by factor_measure.metric_id, factor_year.collection_year

    union all

    select
        'factor_code_pct' as metric_id,
        factor_code,
        collection_year,
        is_valid,
        false as is_of_adolescents
    from factor_year
    -- a code that went before the first year of the returns is not a row of any of them
    qualify max(case when is_valid then 1 else 0 end) over (partition by factor_code) = 1

),

-- the cells with what is counted for all of them
filled as (

    select
        cell.metric_id,
        cell.la_code,
        cell.collection_year,
        cell.period_type,
        cell.period_end,
        cell.breakdown,
        cell.breakdown_value,
        coalesce(base.n_completed, 0) as n_completed,
        coalesce(base.n_with_factors, 0) as n_with_factors,
        coalesce(base.n_adolescents_with_factors, 0) as n_adolescents_with_factors,
        coalesce(base.n_factors, 0) as n_factors
    from {{ ref('int_measure__cell') }} as cell
    left join base
        on
            cell.la_code = base.la_code
            and cell.collection_year = base.collection_year
            and cell.breakdown = base.breakdown
            and cell.breakdown_value = base.breakdown_value
    where cell.period_type = 'year'

),

counted as (

    -- assessments, with factors or without
    select
        metric_id,
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        case metric_id when 'factors_recorded_pct' then n_with_factors else n_factors end as numerator,
        case metric_id when 'factors_recorded_pct' then n_completed else n_with_factors end as denominator
    from filled
    where metric_id in ('factors_recorded_pct', 'factor_mean_per_assessment')

    union all

    -- assessments with a factor; of a single code, the code stands before the other breakdown
    select
        filled.metric_id,
        filled.la_code,
        filled.period_type,
        filled.period_end,
        case
            when measured.factor_code = '' then filled.breakdown
            when filled.breakdown = 'total' then 'factor'
            else concat('factor;', filled.breakdown)
        end as breakdown,
        case
            when measured.factor_code = '' then filled.breakdown_value
            when filled.breakdown = 'total' then measured.factor_code
            else concat(measured.factor_code, ';', filled.breakdown_value)
        end as breakdown_value,
        case when measured.is_valid then coalesce(hit_count.n_hits, 0) end as numerator,
        case
            when filled.metric_id like '%_count' then null
            when measured.is_of_adolescents then filled.n_adolescents_with_factors
            else filled.n_with_factors
        end as denominator
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
from counted
