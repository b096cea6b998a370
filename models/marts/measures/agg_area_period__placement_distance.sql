-- The median distance from home to placement: a median is no sum of medians, so each area has its own.
with child as (

    select
        la_code,
        period_end,
        age_band_cla,
        uasc,
        placement_group,
        provider_group,
        -- tenths of a mile: the median of whole numbers is exact
        cast(placement_distance_miles * 10 as integer) as tenths_of_a_mile
    from {{ ref('int_measure__placed_child') }}
    where placement_distance_miles is not null

),

characteristic as (

    {{ by_breakdown('child', ['age_band_cla', 'uasc', 'placement_group', 'provider_group']) }}

),

area as (

    select
        la_code,
        la_code as area_code
    from {{ ref('ref_authority') }}

    union all

    select
        la_code,
        area_code
    from {{ ref('ref_measure_area') }}

),

cell as (

    select
        cell.metric_id,
        area.area_code,
        cell.period_type,
        cell.period_end,
        cell.breakdown,
        cell.breakdown_value,
        cast(count(*) as integer) as n_authorities
    from {{ ref('int_measure__cell') }} as cell
    inner join area on cell.la_code = area.la_code
    where cell.metric_id = 'cla_distance_median_miles'
    group by
        cell.metric_id, area.area_code, cell.period_type, cell.period_end, cell.breakdown, cell.breakdown_value

),

middle as (

    select
        area.area_code,
        characteristic.period_end,
        characteristic.breakdown,
        characteristic.breakdown_value,
        count(*) as n_children,
        median(characteristic.tenths_of_a_mile) as tenths_of_a_mile
    from characteristic
    inner join area on characteristic.la_code = area.la_code
    group by area.area_code, characteristic.period_end, characteristic.breakdown, characteristic.breakdown_value

)

select
    cell.metric_id,
    cell.area_code as la_code,
    cell.period_type,
    cell.period_end,
    cell.breakdown,
    cell.breakdown_value,
    cast(null as decimal(18, 6)) as numerator,
    cast(coalesce(middle.n_children, 0) as decimal(18, 6)) as denominator,
    cast(cast(middle.tenths_of_a_mile as decimal(17, 1)) * cast(0.1 as decimal(2, 1)) as decimal(18, 6)) as value,
    cell.n_authorities
from cell
left join middle
    on
        cell.area_code = middle.area_code
        and cell.period_end = middle.period_end
        and cell.breakdown = middle.breakdown
        and cell.breakdown_value = middle.breakdown_value
