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
        count(*) as n_authorities
    from {{ ref('int_measure__cell') }} as cell
    inner join area on cell.la_code = area.la_code
    where cell.metric_id in (select measured.metric_id from measured)
    group by
        cell.metric_id,
        area.area_code,
        cell.period_type,
        cell.period_end,
        cell.breakdown,
        cell.breakdown_value

),

ranked as (

    select
        measured.metric_id,
        area.area_code,
        measured.period_type,
        measured.period_end,
        measured.breakdown,
        measured.breakdown_value,
        measured.value,
        row_number() over (
            partition by
                measured.metric_id,
                area.area_code,
                measured.period_type,
                measured.period_end,
                measured.breakdown,
                measured.breakdown_value
            order by measured.value
        ) as place,
        count(*) over (
            partition by
                measured.metric_id,
                area.area_code,
                measured.period_type,
                measured.period_end,
                measured.breakdown,
                measured.breakdown_value
        ) as n_measured
    from measured
    inner join area on measured.la_code = area.la_code

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
    where 2 * place between n_measured and n_measured + 2
    group by metric_id, area_code, period_type, period_end, breakdown, breakdown_value

)

select
    cell.metric_id,
    cell.area_code as la_code,
    cell.period_type,
    cell.period_end,
    cell.breakdown,
    cell.breakdown_value,
    cast(coalesce(middle.n_measured, 0) as bigint) as denominator,
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
