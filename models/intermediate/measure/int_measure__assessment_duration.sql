-- The days behind the medians of assessments: one row per completed assessment, period and breakdown.
with assessment as (

    select
        event.event_key as assessment_key,
        event.child_key,
        event.la_code,
        event.quarter_end_date,
        event.year_end_date,
        event.age_band_cin,
        timed.working_days
    from {{ ref('int_measure__children_in_need_event') }} as event
    inner join {{ ref('int_measure__assessment') }} as timed on event.event_key = timed.assessment_key
    where event.event_type = 'assessment'

),

broken_down as (

    {{ by_breakdown('assessment', ['age_band_cin']) }}

)

select
    'assessment_duration_median_wd' as metric_id,
    la_code,
    'quarter' as period_type,
    quarter_end_date as period_end,
    breakdown,
    breakdown_value,
    assessment_key,
    child_key,
    cast(working_days as decimal(18, 6)) as value
from broken_down

union all

select
    'assessment_duration_median_wd' as metric_id,
    la_code,
    'year' as period_type,
    year_end_date as period_end,
    breakdown,
    breakdown_value,
    assessment_key,
    child_key,
    cast(working_days as decimal(18, 6)) as value
from broken_down
