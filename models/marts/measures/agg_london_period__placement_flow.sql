-- Which borough's children are placed in which: the matrix of responsible and placement authority, and the children of
-- other boroughs in each. For London alone: a cell joins two authorities. Only London's children are seen.
with period as (

    select
        la_code,
        period_type,
        period_end
    from {{ ref('int_measure__period') }}
    where dataset = 'ssda903.episodes' and period_type = 'snapshot'

),

sent as (

    select
        period_type,
        period_end,
        cast(count(*) as integer) as n_authorities
    from period
    group by period_type, period_end

),

child as (

    select
        period_end,
        la_code as responsible_la,
        case
            when placement_locality in ('in_borough', 'other_london') then placement_la_code
            else placement_locality
        end as placement_la,
        placement_group,
        placement_locality = 'other_london' as is_in_other_borough
    from {{ ref('int_measure__placed_child') }}

),

breakdown as (

    select
        breakdown,
        breakdown_value
    from {{ ref('config_breakdown') }}
    where breakdown in ('total', 'responsible_la', 'placement_la', 'placement_group')

),

placement_la as (

    select breakdown_value as placement_la
    from breakdown
    where breakdown = 'placement_la'

),

placement_group as (

    select breakdown_value as placement_group
    from breakdown
    where breakdown = 'placement_group'

),

-- every cell of both measures, 0 included; an authority without a return has no row of its own
cell as (

    select
        'placement_flow_matrix_count' as metric_id,
        sent.period_type,
        sent.period_end,
        breakdown.breakdown,
        breakdown.breakdown_value
    from sent
    cross join breakdown
    where breakdown.breakdown <> 'responsible_la'

    union all

    select
        'placement_flow_matrix_count' as metric_id,
        period_type,
        period_end,
        'responsible_la' as breakdown,
        la_code as breakdown_value
    from period

    union all

    select
        'placement_flow_matrix_count' as metric_id,
        period.period_type,
        period.period_end,
        'responsible_la;placement_la' as breakdown,
        concat(period.la_code, ';', placement_la.placement_la) as breakdown_value
    from period
    cross join placement_la

    union all

    select
        'other_la_children_in_area_homes_count' as metric_id,
        sent.period_type,
        sent.period_end,
        breakdown.breakdown,
        breakdown.breakdown_value
    from sent
    cross join breakdown
    where
        breakdown.breakdown <> 'responsible_la'
        and not (
            breakdown.breakdown = 'placement_la' and breakdown.breakdown_value in ('outside_london', 'unknown')
        )

    union all

    select
        'other_la_children_in_area_homes_count' as metric_id,
        sent.period_type,
        sent.period_end,
        'placement_la;placement_group' as breakdown,
        concat(placement_la.placement_la, ';', placement_group.placement_group) as breakdown_value
    from sent
    cross join placement_la
    cross join placement_group
    where placement_la.placement_la not in ('outside_london', 'unknown')

),

counted as (

    select
        period_end,
        'total' as breakdown,
        'total' as breakdown_value,
        count(*) as n_children,
        count(*) filter (where is_in_other_borough) as n_of_others
    from child
    group by period_end

    union all

    select
        period_end,
        'responsible_la' as breakdown,
        responsible_la as breakdown_value,
        count(*) as n_children,
        null as n_of_others
    from child
    group by period_end, responsible_la

    union all

    select
        period_end,
        'placement_la' as breakdown,
        placement_la as breakdown_value,
        count(*) as n_children,
        count(*) filter (where is_in_other_borough) as n_of_others
    from child
    group by period_end, placement_la

    union all

    select
        period_end,
        'placement_group' as breakdown,
        placement_group as breakdown_value,
        count(*) as n_children,
        count(*) filter (where is_in_other_borough) as n_of_others
    from child
    group by period_end, placement_group

    union all

    select
        period_end,
        'responsible_la;placement_la' as breakdown,
        concat(responsible_la, ';', placement_la) as breakdown_value,
        count(*) as n_children,
        null as n_of_others
    from child
    group by period_end, responsible_la, placement_la

    union all

    select
        period_end,
        'placement_la;placement_group' as breakdown,
        concat(placement_la, ';', placement_group) as breakdown_value,
        null as n_children,
        count(*) filter (where is_in_other_borough) as n_of_others
    from child
    group by period_end, placement_la, placement_group

)

select
    cell.metric_id,
    'london' as la_code,
    cell.period_type,
    cell.period_end,
    cell.breakdown,
    cell.breakdown_value,
    cast(
        coalesce(
            case cell.metric_id
                when 'placement_flow_matrix_count' then counted.n_children
                else counted.n_of_others
            end,
            0
        ) as decimal(18, 6)
    ) as numerator,
    cast(null as decimal(18, 6)) as denominator,
    cast(
        coalesce(
            case cell.metric_id
                when 'placement_flow_matrix_count' then counted.n_children
                else counted.n_of_others
            end,
            0
        ) as decimal(18, 6)
    ) as value,
    sent.n_authorities
from cell
inner join sent on cell.period_type = sent.period_type and cell.period_end = sent.period_end
left join counted
    on
        cell.period_end = counted.period_end
        and cell.breakdown = counted.breakdown
        and cell.breakdown_value = counted.breakdown_value
