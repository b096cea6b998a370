-- One row per measure of disproportionality, area, year and breakdown value. Not a sum: London and its sub-regions have
-- their own rows, from numbers added up first (docs/rules/disproportionality.md 1).
with relative_rate_index as (

    select * from {{ ref('fct_relative_rate_index') }}

),

-- groups against the default comparator in the year itself: what two more measures are made of
by_stage as (

    select *
    from relative_rate_index
    where
        mode = 'population'
        and ethnic_level = 'group'
        and breakdown = 'total'
        and is_default_comparator
        and years_pooled = 1

),

measure as (

    select
        metric_id,
        la_code,
        period_end,
        measure_breakdown as breakdown,
        measure_breakdown_value as breakdown_value,
        a as numerator,
        n1 as denominator,
        -- under so many children nothing is shown to anybody (section 7)
        case when status <> 'too_few_children' then rri end as value,
        n_authorities
    from relative_rate_index
    where metric_id is not null

    union all

    select
        'disproportionality_excess_count' as metric_id,
        la_code,
        period_end,
        'stage;ethnic_group' as breakdown,
        concat(stage, ';', ethnicity) as breakdown_value,
        a as numerator,
        n1 as denominator,
        case when status <> 'too_few_children' then excess end as value,
        n_authorities
    from by_stage

    union all

    select
        'disproportionality_index_pp' as metric_id,
        la_code,
        period_end,
        'stage;ethnic_group' as breakdown,
        concat(stage, ';', ethnicity) as breakdown_value,
        a as numerator,
        known_a as denominator,
        share_difference_pp as value,
        n_authorities
    from by_stage

)

select
    metric_id,
    la_code,
    'year' as period_type,
    period_end,
    breakdown,
    breakdown_value,
    cast(numerator as decimal(18, 6)) as numerator,
    cast(denominator as decimal(18, 6)) as denominator,
    value,
    n_authorities
from measure
order by metric_id, la_code, period_end, breakdown, breakdown_value
