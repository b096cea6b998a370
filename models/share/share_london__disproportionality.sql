-- One row per area, time, stage, ethnicity and comparator: relative rate indices for the 33 authorities, exact.
with relative_rate_index as (

    select * from {{ ref('fct_relative_rate_index') }}

),

area as (

    select
        la_code,
        is_london,
        short_code is null as is_sub_region
    from {{ ref('share_london__authority') }}

),

small as (

    select
        max(value) filter (where parameter = 'small_from') as small_from,
        max(value) filter (where parameter = 'small_to') as small_to
    from {{ ref('config_rri_parameter') }}

)

select
    relative_rate_index.la_code,
    relative_rate_index.period_start,
    relative_rate_index.period_end,
    relative_rate_index.years_pooled,
    relative_rate_index.stage,
    relative_rate_index.mode,
    relative_rate_index.breakdown,
    relative_rate_index.breakdown_value,
    relative_rate_index.ethnic_level,
    relative_rate_index.ethnicity,
    relative_rate_index.comparator,
    relative_rate_index.is_default_comparator,
    relative_rate_index.a,
    relative_rate_index.n1,
    relative_rate_index.b,
    relative_rate_index.n0,
    relative_rate_index.rate1,
    relative_rate_index.rate0,
    relative_rate_index.rri,
    relative_rate_index.ci_low,
    relative_rate_index.ci_high,
    relative_rate_index.ci_method,
    relative_rate_index.rri_mantel_haenszel,
    relative_rate_index.ci_low_mantel_haenszel,
    relative_rate_index.ci_high_mantel_haenszel,
    relative_rate_index.expected,
    relative_rate_index.excess,
    relative_rate_index.verdict,
    relative_rate_index.status,
    relative_rate_index.denominator_source,
    relative_rate_index.denominator_year,
    -- the share tells the number: it stays inside as ethnicity_unknown_pct does (P5)
    case
        when
            relative_rate_index.n_unknown between small.small_from and small.small_to
            or relative_rate_index.n_known_or_not - relative_rate_index.n_unknown
            between small.small_from and small.small_to
            or relative_rate_index.n_known_or_not between small.small_from and small.small_to
            then null
        else relative_rate_index.unknown_pct
    end as unknown_pct,
    relative_rate_index.is_low_quality,
    relative_rate_index.n_authorities,
    relative_rate_index.metric_id,
    relative_rate_index.measure_breakdown,
    relative_rate_index.measure_breakdown_value
from relative_rate_index
inner join {{ ref('config_rri_comparator') }} as comparator
    on
        relative_rate_index.comparator = comparator.comparator
        and relative_rate_index.ethnic_level = comparator.ethnic_level
        and comparator.is_shared
inner join area on relative_rate_index.la_code = area.la_code
left join {{ ref('config_rri_export_level') }} as export_level
    on
        relative_rate_index.stage = export_level.stage
        and relative_rate_index.ethnic_level = export_level.ethnic_level
        and relative_rate_index.breakdown = export_level.breakdown
cross join small
-- a row without a population that counts nobody says nothing, nor one whose population is not known by sex or age
where
    (relative_rate_index.mode = 'conditional' or relative_rate_index.breakdown = 'total')
    and (relative_rate_index.status <> 'no_population' or relative_rate_index.a > 0)
    -- what would be small nearly everywhere leaves for larger areas only (docs/publishing.md)
    and (
        export_level.lowest_level is null
        or area.is_london
        or (export_level.lowest_level = 'sub_region' and area.is_sub_region)
    )
    -- a dashboard that is not released has no rows
    and exists (
        select 1 from {{ ref('config_dashboard') }} as dashboard
        where dashboard.dashboard = 'disproportionality' and dashboard.is_released
    )
