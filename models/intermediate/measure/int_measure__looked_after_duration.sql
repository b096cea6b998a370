-- The days behind each median of looked-after children, one row per measure, period, child and breakdown value.
with parameter as (

    select cast(max(case when parameter = 'settled_placement_days' then value end) as integer) as settled_placement_days
    from {{ ref('config_looked_after_parameter') }}

),

-- every end of a period of care in a year, from the start that is recorded
time_in_care as (

    select
        la_code,
        period_type,
        period_end,
        child_key,
        care_period_key,
        age_band_cla,
        reason_ceased,
        ethnic_group,
        {{ days_between('start_date', 'end_date') }} as n_days
    from {{ ref('int_measure__looked_after_end') }}
    where period_type = 'year'

),

characteristic as (

    {{ by_breakdown('time_in_care', ['age_band_cla', 'reason_ceased', 'ethnic_group']) }}

),

-- The first placement of so many nights, an open one measured to the last return; temporary stays are none.
settled_placement as (

    select
        placement.care_period_key,
        min(placement.start_date) as settled_date
    from {{ ref('fct_placement_spell') }} as placement
    cross join parameter
    where not placement.is_temporary and placement.nights >= parameter.settled_placement_days
    group by placement.care_period_key

),

-- who entered too close to the last return cannot have settled yet
settled as (

    select
        entry.la_code,
        entry.period_type,
        entry.period_end,
        entry.child_key,
        entry.care_period_key,
        {{ days_between('entry.start_date', 'settled_placement.settled_date') }} as n_days
    from {{ ref('int_measure__looked_after_start') }} as entry
    cross join parameter
    inner join settled_placement on entry.care_period_key = settled_placement.care_period_key
    where
        entry.period_type = 'year'
        and entry.uasc = 'yes'
        and {{ days_between('entry.start_date', 'entry.data_cutoff_date') }} >= parameter.settled_placement_days

)

select
    'time_in_care_median_days' as metric_id,
    la_code,
    period_type,
    period_end,
    breakdown,
    breakdown_value,
    care_period_key,
    child_key,
    cast(n_days as decimal(18, 6)) as value
from characteristic

union all

select
    'uasc_days_to_first_settled_placement' as metric_id,
    la_code,
    period_type,
    period_end,
    'total' as breakdown,
    'total' as breakdown_value,
    care_period_key,
    child_key,
    cast(n_days as decimal(18, 6)) as value
from settled
