-- Care leavers in education, employment or training by their placements in the last three years, for London: one row
-- per year and band (care_leavers.md 4). Only authorities whose last three returns have all arrived.
with care_leaver as (

    select
        period_end,
        la_code,
        placement_count_band,
        is_eet
    from {{ ref('int_measure__care_leaver') }}
    where placement_count_band is not null

),

characteristic as (

    {{ by_breakdown('care_leaver', ['placement_count_band']) }}

),

counted as (

    select
        period_end,
        breakdown,
        breakdown_value,
        count(*) filter (where is_eet) as n_eet,
        count(*) as n_care_leavers
    from characteristic
    group by period_end, breakdown, breakdown_value

),

period as (

    select
        period_end,
        count(distinct la_code) as n_authorities
    from care_leaver
    group by period_end

),

cell as (

    select
        period.period_end,
        period.n_authorities,
        breakdown.breakdown,
        breakdown.breakdown_value
    from period
    cross join {{ ref('config_breakdown') }} as breakdown
    where breakdown.breakdown in ('total', 'placement_count_band')

)

select
    'care_leaver_journey_eet_by_placements' as metric_id,
    'london' as la_code,
    'year' as period_type,
    cell.period_end,
    cell.breakdown,
    cell.breakdown_value,
    cast(coalesce(counted.n_eet, 0) as decimal(18, 6)) as numerator,
    cast(coalesce(counted.n_care_leavers, 0) as decimal(18, 6)) as denominator,
    {{ exact_ratio('100 * coalesce(counted.n_eet, 0)', 'coalesce(counted.n_care_leavers, 0)') }} as value,
    cast(cell.n_authorities as integer) as n_authorities
from cell
left join counted
    on
        cell.period_end = counted.period_end
        and cell.breakdown = counted.breakdown
        and cell.breakdown_value = counted.breakdown_value
