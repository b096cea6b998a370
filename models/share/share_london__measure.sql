-- one row per measure of a released dashboard, authority, sub-region or London, period and breakdown value: exact
with measure as (

    select * from {{ ref('fct_measure') }}

),

released as (

    select * from {{ ref('share_london__metric') }}

),

area as (

    select
        la_code,
        is_london,
        short_code is null as is_sub_region
    from {{ ref('share_london__authority') }}

)

select
    measure.metric_id,
    measure.la_code,
    measure.period_type,
    measure.period_end,
    measure.breakdown,
    measure.breakdown_value,
    measure.numerator,
    measure.denominator,
    measure.value,
    measure.n_authorities,
    measure.source
from measure
inner join released on measure.metric_id = released.metric_id
inner join area on measure.la_code = area.la_code
left join {{ ref('config_export_level') }} as export_level
    on
        measure.metric_id = export_level.metric_id
        and measure.breakdown = export_level.breakdown
-- what would be small nearly everywhere leaves for larger areas only: hidden cells would take the others with them
-- (docs/publishing.md)
where
    (
        export_level.lowest_level is null
        or area.is_london
        or (export_level.lowest_level = 'sub_region' and area.is_sub_region)
    )
    -- a part of a group in which there is nobody counts nobody
    and (measure.denominator is null or measure.denominator <> 0 or measure.breakdown = 'total')
    -- an index leaves with both its counts, interval and status, by which it is judged: see
    -- share_london__disproportionality
    and measure.metric_id not in (
        select distinct rate_index.metric_id from {{ ref('agg_area_period__relative_rate_index') }} as rate_index
    )
