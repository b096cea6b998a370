-- Where children are placed at the end of a quarter, how far from home, and signs of unmet need.
with cell as (

    select
        cell.*,
        -- cla_placement_locality_pct is a share by locality: another breakdown stands behind the locality
        case when cell.breakdown like '%;%' then split_part(cell.breakdown, ';', 2) else 'total' end as part,
        case when cell.breakdown_value like '%;%' then split_part(cell.breakdown_value, ';', 2) else 'total' end
            as part_value,
        -- whether the returns reach back over the 12 months to the day
        known_year.period_start
        <= {{ days_later("cast(cell.period_end - interval 12 month as date)", 1) }} as is_look_back_known
    from {{ ref('int_measure__cell') }} as cell
    inner join {{ ref('ref_collection_year') }} as known_year
        on known_year.collection_year = cell.collection_year - cell.n_years_before
    where
        cell.metric_id in (
            'cla_placement_locality_pct',
            'cla_out_of_borough_pct',
            'cla_20miles_outside_pct',
            'cla_distance_unknown_pct',
            'unmet_need_proxy_pct'
        )

),

child as (

    select * from {{ ref('int_measure__placed_child') }}

),

characteristic as (

    {{ by_breakdown('child', ['age_band_cla', 'uasc', 'placement_group', 'provider_group']) }}

),

stock as (

    select
        la_code,
        period_end,
        breakdown,
        breakdown_value,
        count(*) as n_children,
        count(*) filter (where placement_locality <> 'unknown') as n_place_known,
        count(*) filter (where is_out_of_borough) as n_out_of_borough,
        count(*) filter (where is_over_20_and_out) as n_over_20_and_out,
        count(*) filter (where placement_distance_miles is null) as n_distance_unknown,
        count(*) filter (where has_sign_of_unmet_need) as n_unmet_need
    from characteristic
    group by la_code, period_end, breakdown, breakdown_value

),

in_locality as (

    select
        la_code,
        period_end,
        placement_locality,
        breakdown as part,
        breakdown_value as part_value,
        count(*) as n_children
    from characteristic
    group by la_code, period_end, placement_locality, breakdown, breakdown_value

)

select
    cell.metric_id,
    cell.la_code,
    cell.period_type,
    cell.period_end,
    cell.breakdown,
    cell.breakdown_value,
    cast(
        case
            when cell.metric_id = 'cla_placement_locality_pct' then coalesce(in_locality.n_children, 0)
            when cell.metric_id = 'cla_out_of_borough_pct' then coalesce(stock.n_out_of_borough, 0)
            when cell.metric_id = 'cla_20miles_outside_pct' then coalesce(stock.n_over_20_and_out, 0)
            when cell.metric_id = 'cla_distance_unknown_pct' then coalesce(stock.n_distance_unknown, 0)
            when cell.is_look_back_known then coalesce(stock.n_unmet_need, 0)
        end as bigint
    ) as numerator,
    cast(
        case
            when cell.metric_id = 'cla_placement_locality_pct' then coalesce(whole.n_place_known, 0)
            when cell.metric_id = 'cla_out_of_borough_pct' then coalesce(stock.n_place_known, 0)
            when cell.metric_id <> 'unmet_need_proxy_pct' or cell.is_look_back_known
                then coalesce(stock.n_children, 0)
        end as bigint
    ) as denominator
from cell
left join stock
    on
        cell.la_code = stock.la_code
        and cell.period_end = stock.period_end
        and cell.breakdown = stock.breakdown
        and cell.breakdown_value = stock.breakdown_value
left join stock as whole
    on
        cell.la_code = whole.la_code
        and cell.period_end = whole.period_end
        and cell.part = whole.breakdown
        and cell.part_value = whole.breakdown_value
left join in_locality
    on
        cell.la_code = in_locality.la_code
        and cell.period_end = in_locality.period_end
        and cell.part = in_locality.part
        and cell.part_value = in_locality.part_value
        and split_part(cell.breakdown_value, ';', 1) = in_locality.placement_locality
