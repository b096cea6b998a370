-- Counts and days of adoption, by year and for three years as one, and decisions that a child should be placed.
with cell as (

    select * from {{ ref('int_measure__cell') }}
    where
        metric_id in (
            'cla_adoption_entry_to_placed_days',
            'cla_adoption_order_to_match_days',
            'cla_should_be_placed_open_count',
            'cla_adoption_decision_reversed_pct'
        )

),

period as (

    select distinct
        metric_id,
        la_code,
        collection_year,
        period_type,
        period_start,
        period_end
    from cell

),

adoption as (

    select * from {{ ref('int_measure__adoption') }}

),

characteristic as (

    {{ by_breakdown('adoption', ['ethnic_group']) }}

),

-- each year within its year and within every three years it is part of
days as (

    select
        period.metric_id,
        period.la_code,
        period.period_type,
        period.period_end,
        characteristic.breakdown,
        characteristic.breakdown_value,
        case period.metric_id
            when 'cla_adoption_entry_to_placed_days' then characteristic.days_entry_to_placed
            when 'cla_adoption_order_to_match_days' then characteristic.days_order_to_match
        end as n_days
    from period
    inner join characteristic
        on
            period.la_code = characteristic.la_code
            and period.period_start <= characteristic.period_end
            and period.period_end >= characteristic.period_end
    where period.metric_id in ('cla_adoption_entry_to_placed_days', 'cla_adoption_order_to_match_days')

),

-- decisions open at the end of a quarter, of children in care who are not placed for adoption
should_be_placed as (

    select distinct
        child.la_code,
        child.period_end,
        child.child_key,
        child.ethnic_group
    from {{ ref('int_measure__looked_after_child') }} as child
    inner join {{ ref('fct_placement_decision') }} as decision
        on
            child.child_key = decision.child_key
            and child.collection_year = decision.collection_year
            and {{ is_open_at(
                'decision.placement_decision_date', 'decision.placement_decision_reversed_date', 'child.period_end'
            ) }}
    left join {{ ref('config_looked_after_code') }} as adoptive
        on
            child.placement_group = adoptive.code
            and adoptive.metric_id = 'cla_should_be_placed_open_count'
            and adoptive.code_of = 'placement_group'
    where adoptive.code is null

),

characteristic_should_be_placed as (

    {{ by_breakdown('should_be_placed', ['ethnic_group']) }}

),

counted as (

    select
        metric_id,
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        sum(n_days) as numerator,
        count(n_days) as denominator
    from days
    group by metric_id, la_code, period_type, period_end, breakdown, breakdown_value

    union all

    select
        'cla_should_be_placed_open_count' as metric_id,
        la_code,
        'snapshot' as period_type,
        period_end,
        breakdown,
        breakdown_value,
        count(*) as numerator,
        null as denominator
    from characteristic_should_be_placed
    group by la_code, period_end, breakdown, breakdown_value

    union all

    -- decisions open when the year began or made in it, and those of them that were reversed in it
    select
        period.metric_id,
        period.la_code,
        period.period_type,
        period.period_end,
        'total' as breakdown,
        'total' as breakdown_value,
        count(*) filter (
            where
            decision.placement_decision_reversed_date between period.period_start and period.period_end
            and decision.reason_placement_decision_reversed_code is not null
        ) as numerator,
        count(*) as denominator
    from period
    inner join {{ ref('fct_placement_decision') }} as decision
        on
            period.la_code = decision.la_code
            and period.collection_year = decision.collection_year
            and period.period_end >= decision.placement_decision_date
            and period.period_start <= coalesce(decision.placement_decision_reversed_date, period.period_end)
    where period.metric_id = 'cla_adoption_decision_reversed_pct'
    group by period.metric_id, period.la_code, period.period_type, period.period_end

)

select
    cell.metric_id,
    cell.la_code,
    cell.period_type,
    cell.period_end,
    cell.breakdown,
    cell.breakdown_value,
    cast(coalesce(counted.numerator, 0) as bigint) as numerator,
    cast(
        case when cell.metric_id <> 'cla_should_be_placed_open_count' then coalesce(counted.denominator, 0) end
        as bigint
    ) as denominator
from cell
left join counted
    on
        cell.metric_id = counted.metric_id
        and cell.la_code = counted.la_code
        and cell.period_type = counted.period_type
        and cell.period_end = counted.period_end
        and cell.breakdown = counted.breakdown
        and cell.breakdown_value = counted.breakdown_value
