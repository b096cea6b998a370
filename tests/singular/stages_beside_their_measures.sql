-- What: a stage of the relative rate indices counts other children of an ethnic group than the measure of the same
--       name.
-- When it matters: always; two dashboards would tell two numbers for one thing, and disclosure control takes them for
--       one.
-- How to resolve: mend models/intermediate/disproportionality or the measure; or, where they are not the same by the
--       catalogue, leave count_metric_id blank in seeds/config/config_rri_stage.csv.
with stage as (

    select * from {{ ref('config_rri_stage') }}
    where count_metric_id is not null

),

counted as (

    select
        stage.stage,
        stage.mode,
        stage.count_metric_id,
        stage.count_period_type,
        stage_count.la_code,
        stage_count.period_end,
        stage_count.ethnicity,
        stage_count.a,
        case when stage_count.mode = 'conditional' then stage_count.n1 end as n1
    from {{ ref('int_disproportionality__stage_count') }} as stage_count
    inner join stage on stage_count.stage = stage.stage and stage_count.mode = stage.mode
    where stage_count.breakdown = 'total' and stage_count.ethnic_level = 'group'

)

select
    counted.*,
    measure.numerator,
    measure.denominator
from counted
left join {{ ref('fct_measure') }} as measure
    on
        counted.count_metric_id = measure.metric_id
        and counted.la_code = measure.la_code
        and counted.count_period_type = measure.period_type
        and counted.period_end = measure.period_end
        and counted.ethnicity = measure.breakdown_value
        and measure.breakdown = 'ethnic_group'
where
    -- where the measure cannot be known (no year to look back at) the stage has nobody
    counted.a is distinct from cast(coalesce(measure.numerator, 0) as bigint)
    or (counted.mode = 'conditional' and counted.n1 is distinct from cast(coalesce(measure.denominator, 0) as bigint))
