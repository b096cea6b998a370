-- What kind of placements children are in at the end of a quarter: groups, types and providers.
with cell as (

    select
        *,
        -- cla_placement_group_pct is a share by group: another breakdown stands behind the group
        case when breakdown like '%;%' then split_part(breakdown, ';', 2) else 'total' end as part,
        case when breakdown_value like '%;%' then split_part(breakdown_value, ';', 2) else 'total' end as part_value
    from {{ ref('int_measure__cell') }}
    where
        metric_id in (
            'cla_placement_group_pct',
            'cla_foster_care_pct',
            'cla_kinship_foster_pct',
            'cla_childrens_home_pct',
            'cla_secure_count',
            'cla_supported_accommodation_pct',
            'cla_unregistered_placement_count',
            'cla_placed_with_parents_pct',
            'cla_provider_in_house_pct',
            'cla_ifa_share_of_fostering_pct'
        )

),

child as (

    select * from {{ ref('int_measure__placed_child') }}

),

characteristic as (

    {{ by_breakdown(
        'child',
        [
            'age_band_cla', 'age', 'ethnic_group', 'uasc', 'legal_status_group', 'placement_group', 'provider_group'
        ]
    ) }}

),

stock as (

    select
        la_code,
        period_end,
        breakdown,
        breakdown_value,
        count(*) as n_children,
        count(*) filter (where is_unregistered) as n_unregistered
    from characteristic
    group by la_code, period_end, breakdown, breakdown_value

),

-- types of placement, and kinds of provider, that put a child into the one or the other part of a measure
of_type as (

    select
        measure.metric_id,
        characteristic.la_code,
        characteristic.period_end,
        characteristic.breakdown,
        characteristic.breakdown_value,
        count(*) filter (where measure.part = 'numerator') as n_numerator,
        count(*) filter (where measure.part = 'denominator') as n_denominator
    from characteristic
    inner join {{ ref('config_placement_measure') }} as measure
        on
            characteristic.placement_type_code = measure.placement_type_code
            and measure.placement_provider_code in ('any', characteristic.placement_provider_code)
    group by
        measure.metric_id,
        characteristic.la_code,
        characteristic.period_end,
        characteristic.breakdown,
        characteristic.breakdown_value

),

-- measures that are not taken among all children
own_denominator as (

    select distinct metric_id
    from {{ ref('config_placement_measure') }}
    where part = 'denominator'

),

in_group as (

    select
        la_code,
        period_end,
        placement_group,
        breakdown as part,
        breakdown_value as part_value,
        count(*) as n_children
    from characteristic
    group by la_code, period_end, placement_group, breakdown, breakdown_value

)

select
    cell.metric_id,
    cell.la_code,
    cell.period_type,
    cell.period_end,
    cell.breakdown,
    cell.breakdown_value,
    cast(
        case cell.metric_id
            when 'cla_placement_group_pct' then coalesce(in_group.n_children, 0)
            when 'cla_unregistered_placement_count' then coalesce(stock.n_unregistered, 0)
            else coalesce(of_type.n_numerator, 0)
        end as bigint
    ) as numerator,
    cast(
        case
            when cell.metric_id in ('cla_secure_count', 'cla_unregistered_placement_count') then null
            when cell.metric_id = 'cla_placement_group_pct' then coalesce(whole.n_children, 0)
            when own_denominator.metric_id is not null then coalesce(of_type.n_denominator, 0)
            else coalesce(stock.n_children, 0)
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
left join of_type
    on
        cell.metric_id = of_type.metric_id
        and cell.la_code = of_type.la_code
        and cell.period_end = of_type.period_end
        and cell.breakdown = of_type.breakdown
        and cell.breakdown_value = of_type.breakdown_value
left join in_group
    on
        cell.la_code = in_group.la_code
        and cell.period_end = in_group.period_end
        and cell.part = in_group.part
        and cell.part_value = in_group.part_value
        and split_part(cell.breakdown_value, ';', 1) = in_group.placement_group
left join own_denominator on cell.metric_id = own_denominator.metric_id
