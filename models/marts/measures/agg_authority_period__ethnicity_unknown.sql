-- One row per authority, year and stage: how many at the stage have an ethnicity that nobody knows.
select
    'ethnicity_unknown_pct' as metric_id,
    stage_count.la_code,
    'year' as period_type,
    stage_count.period_end,
    'stage' as breakdown,
    stage_count.stage as breakdown_value,
    cast(sum(stage_count.a) filter (where stage_count.ethnicity = 'Unknown') as bigint) as numerator,
    cast(sum(stage_count.a) as bigint) as denominator
from {{ ref('int_disproportionality__stage_count') }} as stage_count
where stage_count.mode = 'population' and stage_count.breakdown = 'total' and stage_count.ethnic_level = 'group'
group by stage_count.la_code, stage_count.period_end, stage_count.stage
