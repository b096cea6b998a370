-- Moves between placements, days spent in them, and children's homes after fostering, by quarter and year.
with cell as (

    select *
    from {{ ref('int_measure__cell') }}
    where
        metric_id in (
            'cla_placement_change_unplanned_pct', 'placement_days_count', 'placement_type_mismatch_in_12m_pct'
        )

),

period as (

    select *
    from {{ ref('int_measure__period') }}
    where dataset = 'ssda903.episodes' and period_type in ('quarter', 'year')

),

move as (

    select
        change.*,
        period.period_type,
        period.period_end
    from {{ ref('int_measure__placement_change') }} as change
    inner join period
        on
            change.la_code = period.la_code
            and change.move_date >= period.period_start
            and change.move_date <= period.period_end

),

characteristic_of_move as (

    {{ by_breakdown('move', ['age_band_cla', 'placement_group', 'provider_group']) }}

),

placement_days as (

    select * from {{ ref('int_measure__placement_days') }}

),

characteristic_of_days as (

    {{ by_breakdown('placement_days', ['age_band_cla', 'placement_group', 'provider_group', 'uasc']) }}

),

home_start as (

    select * from {{ ref('int_measure__childrens_home_start') }}

),

characteristic_of_start as (

    {{ by_breakdown('home_start', ['age_band_cla']) }}

),

counted as (

    select
        'cla_placement_change_unplanned_pct' as metric_id,
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        count(*) filter (where is_unplanned) as n_numerator,
        count(*) as n_denominator
    from characteristic_of_move
    group by la_code, period_type, period_end, breakdown, breakdown_value

    union all

    select
        'placement_days_count' as metric_id,
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        sum(n_days) as n_numerator,
        null as n_denominator
    from characteristic_of_days
    group by la_code, period_type, period_end, breakdown, breakdown_value

    union all

    select
        'placement_type_mismatch_in_12m_pct' as metric_id,
        la_code,
        'year' as period_type,
        period_end,
        breakdown,
        breakdown_value,
        count(*) filter (where was_fostered) as n_numerator,
        count(*) as n_denominator
    from characteristic_of_start
    group by la_code, period_end, breakdown, breakdown_value

)

select
    cell.metric_id,
    cell.la_code,
    cell.period_type,
    cell.period_end,
    cell.breakdown,
    cell.breakdown_value,
    -- whether a child was fostered in the year before is not known without the return of that year
    cast(
        case
            when cell.metric_id <> 'placement_type_mismatch_in_12m_pct' or cell.n_years_before > 0
                then coalesce(counted.n_numerator, 0)
        end as bigint
    ) as numerator,
    cast(
        case
            when cell.metric_id = 'placement_days_count' then null
            when cell.metric_id = 'cla_placement_change_unplanned_pct' or cell.n_years_before > 0
                then coalesce(counted.n_denominator, 0)
        end as bigint
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
