-- One row per stage and mode of the relative rate indices, with its name and place on screen.
select
    stage,
    mode,
    title,
    unit,
    ci_method,
    leaves_out_uasc,
    case_stage as stage_of_all_children,
    metric_id,
    count_metric_id,
    count_period_type,
    position as sort_order
from {{ ref('config_rri_stage') }}
