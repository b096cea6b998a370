-- one row per measure of a released dashboard, authority or London, period and breakdown value: exact
with measure as (

    select * from {{ ref('fct_measure') }}

),

released as (

    select * from {{ ref('share_london__metric') }}

)

select
    measure.metric_id,
    measure.la_code,
    measure.period_type,
    measure.period_end,
    measure.breakdown,
    measure.breakdown_value,
    measure.numerator,
    measure.denominator,
    measure.value,
    measure.n_authorities,
    measure.source
from measure
inner join released on measure.metric_id = released.metric_id
-- an index leaves with both its counts, interval and status, by which it is judged: share_london__disproportionality
where
    measure.metric_id not in (
        select distinct rate_index.metric_id from {{ ref('agg_area_period__relative_rate_index') }} as rate_index
    )
