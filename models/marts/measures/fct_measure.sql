-- one row per measure, authority or London, period and breakdown value, exact: what dashboards, packs and Power BI read
with authority as (

    select * from {{ ref('agg_authority_period__assessment_factor') }}

),

factor_pair as (

    select * from {{ ref('agg_london_year__factor_pair') }}

),

measure as (

    select
        measure.metric_id,
        unit.multiplier
    from {{ ref('config_measure') }} as measure
    inner join {{ ref('config_unit') }} as unit on measure.unit = unit.unit

),

-- London is the sum of its parts; n_authorities says how many of the 33 they are
both_levels as (

    select
        metric_id,
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        numerator,
        denominator,
        1 as n_authorities
    from authority

    union all

    select
        metric_id,
        'london' as la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        count(*) as n_authorities
    from authority
    group by metric_id, period_type, period_end, breakdown, breakdown_value

),

valued as (

    select
        both_levels.metric_id,
        both_levels.la_code,
        both_levels.period_type,
        both_levels.period_end,
        both_levels.breakdown,
        both_levels.breakdown_value,
        cast(both_levels.numerator as decimal(18, 6)) as numerator,
        cast(both_levels.denominator as decimal(18, 6)) as denominator,
        -- a count has no multiplier and no denominator: it is its own value
        case
            when measure.multiplier is null then cast(both_levels.numerator as decimal(18, 6))
            else {{ exact_ratio('both_levels.numerator * measure.multiplier', 'both_levels.denominator') }}
        end as value,
        cast(both_levels.n_authorities as integer) as n_authorities
    from both_levels
    inner join measure on both_levels.metric_id = measure.metric_id

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
    from factor_pair

)

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
    n_authorities,
    'cin_census' as source
from valued
order by metric_id, la_code, period_type, period_end, breakdown, breakdown_value
