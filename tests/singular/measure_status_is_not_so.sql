-- What: a measure is said to be computed and has no row in fct_measure, is said to wait and is there all the
--       same, or is computed and has no text.
-- When it matters: always; people would look for a figure that nobody makes, or read one that nobody has
--       explained. A measure whose return has not arrived from anybody yet is no problem.
-- How to resolve: compute it in models/marts/measures, or say in seeds/config/config_measure_status.csv what it
--       waits for; its text stands in seeds/config/config_measure.csv.
select
    metric_id,
    status,
    problem
from {{ ref('agg_measure__coverage') }}
where problem is not null
