{#-
    The cells of one dashboard: the keys of share_london__measure whose measure the catalogue gives it, in the periods of
    config_dashboard_period. No figures: these stand once, in share_london__measure, and the publisher adds them when they
    have been protected.
-#}
{% macro cells_of_dashboard(dashboard) -%}
with measure as (

    select * from {{ ref('share_london__measure') }}

),

metric as (

    select metric_id
    from {{ ref('share_london__metric') }}
    where
        ';' || dashboard || ';' like '%;{{ dashboard }};%'
        -- a dashboard that is not released has no cells
        and exists (
            select 1 from {{ ref('config_dashboard') }} as released
            where released.dashboard = '{{ dashboard }}' and released.is_released
        )

),

period as (

    select
        period_type,
        only_at_year_end
    from {{ ref('config_dashboard_period') }}
    where dashboard = '{{ dashboard }}'

)

select
    measure.metric_id,
    measure.la_code,
    measure.period_type,
    measure.period_end,
    measure.breakdown,
    measure.breakdown_value
from measure
inner join metric on measure.metric_id = metric.metric_id
inner join period on measure.period_type = period.period_type
where not period.only_at_year_end or extract(month from measure.period_end) = 3
{%- endmacro %}
