-- Counts of children in care at the end of a quarter, and of those in care at any time of a quarter or year.
with parameter as (

    select max(case when parameter = 'older_from_age' then value end) as older_from_age
    from {{ ref('config_looked_after_parameter') }}

),

cell as (

    select
        cell.*,
        -- where the band is part of the measure, another breakdown stands behind it
        case when cell.breakdown like '%;%' then split_part(cell.breakdown, ';', 2) else 'total' end as part,
        case when cell.breakdown_value like '%;%' then split_part(cell.breakdown_value, ';', 2) else 'total' end
            as part_value
    from {{ ref('int_measure__cell') }} as cell
    where
        cell.metric_id in (
            'cla_open_count',
            'cla_age_16plus_pct',
            'cla_legal_status_pct',
            'cla_category_of_need_pct',
            'parent_child_placement_count',
            'cla_dolo_open_count',
            'cla_any_time_count',
            'cla_net_change_count'
        )

),

-- orders are told by the return of the year of the day
deprived_of_liberty as (

    select
        child.child_key,
        child.period_end
    from {{ ref('int_measure__looked_after_child') }} as child
    inner join {{ ref('fct_deprivation_of_liberty_order') }} as liberty
        on
            child.child_key = liberty.child_key
            and child.collection_year = liberty.collection_year
            and {{ is_open_at('liberty.order_start_date', 'liberty.order_end_date', 'child.period_end') }}
    group by child.child_key, child.period_end

),

child as (

    select
        child.*,
        coalesce(child.age >= parameter.older_from_age, false) as is_older,
        -- a mother, or with a parent in a family centre
        parent_and_child.code is not null or coalesce(child_year.is_mother, false) as is_parent_and_child,
        deprived_of_liberty.child_key is not null as is_deprived_of_liberty
    from {{ ref('int_measure__looked_after_child') }} as child
    cross join parameter
    left join {{ ref('dim_looked_after_child_year') }} as child_year
        on child.child_key = child_year.child_key and child.collection_year = child_year.collection_year
    left join {{ ref('config_looked_after_code') }} as parent_and_child
        on
            child.placement_type_code = parent_and_child.code
            and parent_and_child.metric_id = 'parent_child_placement_count'
            and parent_and_child.code_of = 'placement_type'
    left join deprived_of_liberty
        on child.child_key = deprived_of_liberty.child_key and child.period_end = deprived_of_liberty.period_end

),

characteristic as (

    {{ by_breakdown(
        'child',
        ['age_band_cla', 'sex', 'ethnic_group', 'uasc', 'legal_status', 'category_of_need', 'placement_group']
    ) }}

),

stock as (

    select
        la_code,
        'snapshot' as period_type,
        period_end,
        breakdown,
        breakdown_value,
        count(*) as n_open,
        count(*) filter (where is_older) as n_older,
        count(*) filter (where is_parent_and_child) as n_parent_and_child,
        count(*) filter (where is_deprived_of_liberty) as n_deprived_of_liberty
    from characteristic
    group by la_code, period_end, breakdown, breakdown_value

),

-- children by band, and by another breakdown within it
band_count as (

    select
        'cla_legal_status_pct' as metric_id,
        la_code,
        period_end,
        case when breakdown = 'total' then 'legal_status_group' else concat('legal_status_group;', breakdown) end
            as breakdown,
        case when breakdown = 'total' then legal_status_group else concat(legal_status_group, ';', breakdown_value) end
            as breakdown_value,
        count(*) as n_in_band
    from characteristic
    where breakdown in ('total', 'age_band_cla')
    group by la_code, period_end, breakdown, breakdown_value, legal_status_group

    union all

    select
        'cla_category_of_need_pct' as metric_id,
        la_code,
        period_end,
        'category_of_need' as breakdown,
        category_of_need as breakdown_value,
        count(*) as n_in_band
    from child
    group by la_code, period_end, category_of_need

),

any_time as (

    select * from {{ ref('int_measure__looked_after_any_time') }}

),

characteristic_any_time as (

    {{ by_breakdown('any_time', ['age_band_cla', 'sex', 'ethnic_group', 'uasc']) }}

),

flow as (

    select
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        count(*) as n_any_time,
        count(*) filter (where is_looked_after_at_end) - count(*) filter (where is_looked_after_at_start)
            as n_more_than_before
    from characteristic_any_time
    group by la_code, period_type, period_end, breakdown, breakdown_value

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
            when 'cla_open_count' then coalesce(stock.n_open, 0)
            when 'cla_age_16plus_pct' then coalesce(stock.n_older, 0)
            when 'parent_child_placement_count' then coalesce(stock.n_parent_and_child, 0)
            when 'cla_dolo_open_count' then coalesce(stock.n_deprived_of_liberty, 0)
            when 'cla_any_time_count' then coalesce(flow.n_any_time, 0)
            when 'cla_net_change_count' then coalesce(flow.n_more_than_before, 0)
            else coalesce(band_count.n_in_band, 0)
        end as bigint
    ) as numerator,
    cast(
        case cell.metric_id
            when 'cla_age_16plus_pct' then coalesce(stock.n_open, 0)
            when 'cla_legal_status_pct' then coalesce(whole.n_open, 0)
            when 'cla_category_of_need_pct' then coalesce(whole.n_open, 0)
        end as bigint
    ) as denominator
from cell
left join stock
    on
        cell.la_code = stock.la_code
        and cell.period_type = stock.period_type
        and cell.period_end = stock.period_end
        and cell.breakdown = stock.breakdown
        and cell.breakdown_value = stock.breakdown_value
left join stock as whole
    on
        cell.la_code = whole.la_code
        and cell.period_type = whole.period_type
        and cell.period_end = whole.period_end
        and cell.part = whole.breakdown
        and cell.part_value = whole.breakdown_value
left join band_count
    on
        cell.metric_id = band_count.metric_id
        and cell.la_code = band_count.la_code
        and cell.period_end = band_count.period_end
        and cell.breakdown = band_count.breakdown
        and cell.breakdown_value = band_count.breakdown_value
left join flow
    on
        cell.la_code = flow.la_code
        and cell.period_type = flow.period_type
        and cell.period_end = flow.period_end
        and cell.breakdown = flow.breakdown
        and cell.breakdown_value = flow.breakdown_value
