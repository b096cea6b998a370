-- Counts of children who ceased to be looked after, by quarter and year, and why.
with cell as (

    select
        cell.*,
        -- where the reason is part of the measure, another breakdown stands behind it
        case when cell.breakdown like '%;%' then split_part(cell.breakdown, ';', 2) else 'total' end as part,
        case when cell.breakdown_value like '%;%' then split_part(cell.breakdown_value, ';', 2) else 'total' end
            as part_value
    from {{ ref('int_measure__cell') }} as cell
    where
        cell.metric_id in (
            'cla_ceased_count',
            'cla_reason_ceased_pct',
            'cla_reason_ceased_home_planned_pct',
            'cla_reason_ceased_home_unplanned_pct',
            'cla_ceased_sgo_pct',
            'cla_ceased_cao_pct',
            'cla_ceased_adopted_pct',
            'cla_adopted_count'
        )

),

-- each child once, by the last end in the period
leaver as (

    select * from {{ ref('int_measure__looked_after_end') }}
    where is_last_in_period

),

characteristic as (

    {{ by_breakdown('leaver', ['age_band_cla', 'sex', 'ethnic_group', 'uasc', 'reason_ceased']) }}

),

counted as (

    select
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        count(*) as n_ceased
    from characteristic
    group by la_code, period_type, period_end, breakdown, breakdown_value

),

-- the codes of the reason that put a child into the numerator of a measure
code_count as (

    select
        looked_after_code.metric_id,
        characteristic.la_code,
        characteristic.period_type,
        characteristic.period_end,
        characteristic.breakdown,
        characteristic.breakdown_value,
        count(*) as n_with_reason
    from characteristic
    inner join {{ ref('config_looked_after_code') }} as looked_after_code
        on
            characteristic.reason_ceased_code = looked_after_code.code
            and looked_after_code.code_of = 'reason_episode_ceased'
    group by
        looked_after_code.metric_id,
        characteristic.la_code,
        characteristic.period_type,
        characteristic.period_end,
        characteristic.breakdown,
        characteristic.breakdown_value

    union all

    select
        'cla_reason_ceased_pct' as metric_id,
        la_code,
        period_type,
        period_end,
        case when breakdown = 'total' then 'reason_ceased' else concat('reason_ceased;', breakdown) end as breakdown,
        case when breakdown = 'total' then reason_ceased else concat(reason_ceased, ';', breakdown_value) end
            as breakdown_value,
        count(*) as n_with_reason
    from characteristic
    where breakdown in ('total', 'age_band_cla')
    group by la_code, period_type, period_end, breakdown, breakdown_value, reason_ceased

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
            when cell.metric_id = 'cla_ceased_count' then coalesce(counted.n_ceased, 0)
            else coalesce(code_count.n_with_reason, 0)
        end as bigint
    ) as numerator,
    cast(
        case
            when cell.metric_id in ('cla_ceased_count', 'cla_adopted_count') then null
            when cell.metric_id = 'cla_reason_ceased_pct' then coalesce(whole.n_ceased, 0)
            else coalesce(counted.n_ceased, 0)
        end as bigint
    ) as denominator
from cell
left join counted
    on
        cell.la_code = counted.la_code
        and cell.period_type = counted.period_type
        and cell.period_end = counted.period_end
        and cell.breakdown = counted.breakdown
        and cell.breakdown_value = counted.breakdown_value
left join counted as whole
    on
        cell.la_code = whole.la_code
        and cell.period_type = whole.period_type
        and cell.period_end = whole.period_end
        and cell.part = whole.breakdown
        and cell.part_value = whole.breakdown_value
left join code_count
    on
        cell.metric_id = code_count.metric_id
        and cell.la_code = code_count.la_code
        and cell.period_type = code_count.period_type
        and cell.period_end = code_count.period_end
        and cell.breakdown = code_count.breakdown
        and cell.breakdown_value = code_count.breakdown_value
