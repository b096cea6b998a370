{{ config(materialized='view') }}
-- What cannot be summed up from authorities, with its own row for every area.
-- a median has no numerator
select
    metric_id,
    la_code,
    period_type,
    period_end,
    breakdown,
    breakdown_value,
    cast(null as decimal(18, 6)) as numerator,
    cast(denominator as decimal(18, 6)) as denominator,
    value,
    n_authorities
from {{ ref('agg_area_period__median') }}

union all

select
    metric_id,
    la_code,
    period_type,
    period_end,
    breakdown,
    breakdown_value,
    numerator,
    denominator,
    value,
    n_authorities
from {{ ref('agg_area_period__placement_distance') }}

union all

select
    metric_id,
    la_code,
    period_type,
    period_end,
    breakdown,
    breakdown_value,
    numerator,
    denominator,
    value,
    n_authorities
from {{ ref('agg_area_period__relative_rate_index') }}

union all

select
    metric_id,
    la_code,
    period_type,
    period_end,
    breakdown,
    breakdown_value,
    numerator,
    denominator,
    value,
    n_authorities
from {{ ref('agg_area_period__transfer_scheme') }}

union all

select
    metric_id,
    la_code,
    period_type,
    period_end,
    breakdown,
    breakdown_value,
    numerator,
    denominator,
    value,
    n_authorities
from {{ ref('agg_london_period__placement_flow') }}

union all

select
    metric_id,
    la_code,
    period_type,
    period_end,
    breakdown,
    breakdown_value,
    numerator,
    denominator,
    value,
    n_authorities
from {{ ref('agg_london_year__care_leaver_placements') }}

union all

select
    metric_id,
    la_code,
    period_type,
    period_end,
    breakdown,
    breakdown_value,
    numerator,
    denominator,
    value,
    n_authorities
from {{ ref('agg_london_year__factor_pair') }}

union all

select
    metric_id,
    la_code,
    period_type,
    period_end,
    breakdown,
    breakdown_value,
    numerator,
    denominator,
    value,
    n_authorities
from {{ ref('agg_area_period__forecast_error') }}
