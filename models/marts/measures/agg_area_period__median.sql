-- One row per median, area, period and breakdown value. A median of parts is none of the whole: each area has its own.
with measured as (

    -- what is measured child by child, subject by subject
    select
        metric_id,
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        value
    from {{ ref('int_measure__assessment_duration') }}

    union all

    select
        metric_id,
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        value
    from {{ ref('int_measure__looked_after_duration') }}

    union all

    select
        metric_id,
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        value
    from {{ ref('int_measure__pre_proceedings_duration') }}

),

area as (

    select
        area_code,
        la_code
    from {{ ref('ref_measure_area') }}

    union all

    select
        la_code as area_code,
        la_code
    from {{ ref('ref_authority') }}

),

-- the cells a median must have, empty ones included
cell as (

    select
        cell.metric_id,
        area.area_code,
        cell.period_type,
        cell.period_end,
        cell.breakdown,
        cell.breakdown_value,
        count(*) as n_authorities,
        -- before the year a module came into use nothing can be known of it
        bool_or(cell.collection_year >= coalesce(first_year.first_year, cell.collection_year)) as is_known
    from {{ ref('int_measure__cell') }} as cell
    inner join area on cell.la_code = area.la_code
    left join {{ ref('config_measure_first_year') }} as first_year on cell.metric_id = first_year.metric_id
    where
        cell.metric_id in (
            'assessment_duration_median_wd',
            'pre_proceedings_duration_median',
            'time_in_care_median_days',
            'uasc_days_to_first_settled_placement'
        )
    group by
        cell.metric_id,
        area.area_code,
        cell.period_type,
        cell.period_end,
        cell.breakdown,
        cell.breakdown_value

),

-- few values are taken by many, so they are counted before they are sorted
of_value as (

    select
        metric_id,
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        value,
        count(*) as n_of_value
    from measured
    group by metric_id, la_code, period_type, period_end, breakdown, breakdown_value, value

),

of_area as (

    select
        of_value.metric_id,
        area.area_code,
        of_value.period_type,
        of_value.period_end,
        of_value.breakdown,
        of_value.breakdown_value,
        of_value.value,
        sum(of_value.n_of_value) as n_of_value
    from of_value
    inner join area on of_value.la_code = area.la_code
    group by
        of_value.metric_id,
        area.area_code,
        of_value.period_type,
        of_value.period_end,
        of_value.breakdown,
        of_value.breakdown_value,
        of_value.value

),

-- the last place of each value, when all stand in line
ranked as (

    select
        *,
        sum(n_of_value) over (
            partition by metric_id, area_code, period_type, period_end, breakdown, breakdown_value
            order by value
            rows between unbounded preceding and current row
        ) as last_place,
        sum(n_of_value) over (
            partition by metric_id, area_code, period_type, period_end, breakdown, breakdown_value
        ) as n_measured
    from of_area

),

-- the mean of the two middle values, which are one and the same of an odd number
middle as (

    select
        metric_id,
        area_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        max(n_measured) as n_measured,
        cast((min(value) + max(value)) * cast(0.5 as decimal(2, 1)) as decimal(18, 6)) as value
    from ranked
    where 2 * last_place >= n_measured and 2 * (last_place - n_of_value) <= n_measured
    group by metric_id, area_code, period_type, period_end, breakdown, breakdown_value

)

select
    cell.metric_id,
    cell.area_code as la_code,
    cell.period_type,
    cell.period_end,
    cell.breakdown,
    cell.breakdown_value,
    cast(case when cell.is_known then coalesce(middle.n_measured, 0) end as bigint) as denominator,
    middle.value,
    cast(cell.n_authorities as integer) as n_authorities
from cell
left join middle
    on
        cell.metric_id = middle.metric_id
        and cell.area_code = middle.area_code
        and cell.period_type = middle.period_type
        and cell.period_end = middle.period_end
        and cell.breakdown = middle.breakdown
        and cell.breakdown_value = middle.breakdown_value
