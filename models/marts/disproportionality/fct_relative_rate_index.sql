-- One row per area, time, stage, ethnicity and comparator: the relative rate index, its interval, verdict and status.
with comparison as (

    select * from {{ ref('int_disproportionality__comparison') }}

),

stage as (

    select * from {{ ref('config_rri_stage') }}

),

-- the thresholds of the rule book, in one row
parameter as (

    select
        max(value) filter (where parameter = 'z') as z,
        max(value) filter (where parameter = 'small_from') as small_from,
        max(value) filter (where parameter = 'small_to') as small_to,
        max(value) filter (where parameter = 'minimum_at_risk') as minimum_at_risk,
        max(value) filter (where parameter = 'minimum_expected') as minimum_expected,
        max(value) filter (where parameter = 'maximum_interval_ratio') as maximum_interval_ratio,
        max(value) filter (where parameter = 'zero_correction') as zero_correction,
        max(value) filter (where parameter = 'maximum_unknown_pct') as maximum_unknown_pct
    from (
        select
            parameter,
            cast(value as double) as value
        from {{ ref('config_rri_parameter') }}
    ) as each_parameter

),

-- section 6, from unrounded parts; a rate of nobody is null
rated as (

    select
        comparison.*,
        parameter.*,
        stage.position,
        stage.leaves_out_uasc,
        stage.metric_id as metric_of_stage,
        stage.years_pooled_in_authority,
        cast(comparison.a as double) / nullif(comparison.n1, 0) as rate1_exact,
        cast(comparison.b as double) / nullif(comparison.n0, 0) as rate0_exact,
        cast(comparison.a as double) * nullif(comparison.n0, 0)
        / nullif(cast(comparison.n1 as double) * comparison.b, 0) as rri_exact,
        cast(comparison.n1 as double) * comparison.b / nullif(comparison.n0, 0) as expected_exact,
        -- Katz takes a and b as parts of n1 and n0. Where more children are at a stage than live there (pupils are not
        -- residents) they are not, and the wider interval of events stands. The bound beside a zero is always Katz's.
        case
            when comparison.is_comparator or comparison.b = 0 or comparison.n1 = 0 or comparison.n0 = 0 then null
            when comparison.n1 is null or comparison.n0 is null then null
            when comparison.a = 0 then 'katz'
            when stage.ci_method = 'katz' and comparison.a <= comparison.n1 and comparison.b <= comparison.n0
                then 'katz'
            else 'poisson'
        end as ci_method
    from comparison
    inner join stage on comparison.stage = stage.stage and comparison.mode = stage.mode
    cross join parameter

),

-- where a is 0 the upper bound comes from numbers a little larger (section 7)
corrected as (

    select
        *,
        case when a = 0 then a + zero_correction else a end as a_used,
        case when a = 0 then b + zero_correction else b end as b_used,
        case when a = 0 then n1 + 2 * zero_correction else n1 end as n1_used,
        case when a = 0 then n0 + 2 * zero_correction else n0 end as n0_used
    from rated

),

deviated as (

    select
        *,
        case
            when ci_method is null then null
            when ci_method = 'katz' then sqrt(1 / a_used - 1 / n1_used + 1 / b_used - 1 / n0_used)
            else sqrt(1 / a_used + 1 / b_used)
        end as standard_error,
        -- beside the pooled value of an area: the gap between the two is geography
        case when is_area and mh_bottom > 0 then cast(mh_top as double) / cast(mh_bottom as double) end as mh_exact,
        case
            when is_area and not is_comparator and mh_top > 0 and mh_bottom > 0
                then sqrt(cast(mh_variance as double) / (cast(mh_top as double) * cast(mh_bottom as double)))
        end as mh_standard_error
    from corrected

),

bounded as (

    select
        *,
        case
            when ci_method is null then null
            when a = 0 then 0.0
            else exp(ln(rri_exact) - z * standard_error)
        end as low,
        case
            when ci_method is null then null
            else exp(ln((a_used / n1_used) / (b_used / n0_used)) + z * standard_error)
        end as high,
        case when mh_standard_error is not null then exp(ln(mh_exact) - z * mh_standard_error) end as mh_low,
        case when mh_standard_error is not null then exp(ln(mh_exact) + z * mh_standard_error) end as mh_high
    from deviated

),

-- the verdict tests the unrounded bounds; of the states of section 7 the first that is true wins
judged as (

    select
        *,
        case
            when ci_method is null then null
            when low > 1 then 'over'
            when high < 1 then 'under'
            else 'no clear difference'
        end as verdict,
        case
            when coalesce(n1, 0) = 0 or coalesce(n0, 0) = 0 then 'no_population'
            when b = 0 then 'comparator_zero'
            when n1 < minimum_at_risk or n0 < minimum_at_risk then 'too_few_children'
            when a between small_from and small_to or b between small_from and small_to then 'suppressed'
            when
                mode = 'conditional'
                and (n1 - a between small_from and small_to or n0 - b between small_from and small_to)
                then 'suppressed'
            when a = 0 then 'zero_events'
            when expected_exact < minimum_expected then 'low_precision'
            when high > maximum_interval_ratio * low then 'low_precision'
            else 'ok'
        end as status
    from bounded

)

select
    la_code,
    period_start,
    period_end,
    stage,
    mode,
    breakdown,
    breakdown_value,
    ethnic_level,
    ethnicity,
    comparator,
    is_default_comparator,
    a,
    n1,
    b,
    n0,
    cast(round(rate1_exact, 8) as decimal(18, 8)) as rate1,
    cast(round(rate0_exact, 8) as decimal(18, 8)) as rate0,
    cast(round(rri_exact, 6) as decimal(18, 6)) as rri,
    cast(round(low, 6) as decimal(18, 6)) as ci_low,
    cast(round(high, 6) as decimal(18, 6)) as ci_high,
    ci_method,
    cast(round(expected_exact, 6) as decimal(18, 6)) as expected,
    cast(round(a - expected_exact, 6) as decimal(18, 6)) as excess,
    verdict,
    status,
    years_pooled,
    denominator_source,
    denominator_year,
    {{ exact_ratio('100 * n_unknown', 'n_known_or_not') }} as unknown_pct,
    coalesce(100 * n_unknown > maximum_unknown_pct * n_known_or_not, false) as is_low_quality,
    n_unknown,
    n_known_or_not,
    -- percentage points between the share at the stage and the share of the children it is counted among
    cast(
        round(100 * cast(a as double) / nullif(known_a, 0) - 100 * cast(n1 as double) / nullif(known_n1, 0), 6)
        as decimal(18, 6)
    ) as share_difference_pp,
    known_a,
    known_n1,
    cast(round(mh_exact, 6) as decimal(18, 6)) as rri_mantel_haenszel,
    cast(round(mh_low, 6) as decimal(18, 6)) as ci_low_mantel_haenszel,
    cast(round(mh_high, 6) as decimal(18, 6)) as ci_high_mantel_haenszel,
    n_authorities,
    -- the measure of the catalogue that this row is, if it is one
    case
        when
            is_default_comparator
            and not leaves_out_uasc
            and years_pooled = case when is_area then 1 else years_pooled_in_authority end
            then metric_of_stage
    end as metric_id,
    concat(
        case ethnic_level when 'group' then 'ethnic_group' else 'ethnicity_code' end,
        case when breakdown <> 'total' then concat(';', breakdown) else '' end
    ) as measure_breakdown,
    concat(
        ethnicity, case when breakdown <> 'total' then concat(';', breakdown_value) else '' end
    ) as measure_breakdown_value
from judged
order by la_code, period_end, years_pooled, position, breakdown, breakdown_value, ethnic_level, ethnicity, comparator
