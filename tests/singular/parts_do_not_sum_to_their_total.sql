-- What: the values of a breakdown do not sum to the row of all, or the authorities do not sum to London.
-- When it matters: always; somebody is counted twice or falls out.
-- How to resolve: give the value nobody expected a row in seeds/config/config_breakdown.csv, or mend the model.
with measure as (

    select * from {{ ref('fct_measure') }}
    -- a pair of factors is no part of anything
    where breakdown <> 'factor_a;factor_b'

),

-- the whole that a row is a part of: total, or of one factor code the code itself
part as (

    select
        metric_id,
        la_code,
        period_type,
        period_end,
        case when breakdown like 'factor;%' then 'factor' else 'total' end as whole,
        case when breakdown like 'factor;%' then split_part(breakdown_value, ';', 1) else 'total' end as whole_value,
        breakdown,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from measure
    where breakdown not in ('total', 'factor')
    group by all

),

london as (

    select
        metric_id,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        count(*) as n_authorities
    from measure
    where la_code <> 'london'
    group by all

)

select
    part.metric_id,
    part.la_code,
    part.period_end,
    part.breakdown
from part
left join measure as total
    on
        part.metric_id = total.metric_id
        and part.la_code = total.la_code
        and part.period_type = total.period_type
        and part.period_end = total.period_end
        and part.whole = total.breakdown
        and part.whole_value = total.breakdown_value
where
    part.numerator is distinct from total.numerator
    or part.denominator is distinct from total.denominator

union all

select
    london.metric_id,
    'london' as la_code,
    london.period_end,
    london.breakdown
from london
left join measure as total
    on
        total.la_code = 'london'
        and london.metric_id = total.metric_id
        and london.period_type = total.period_type
        and london.period_end = total.period_end
        and london.breakdown = total.breakdown
        and london.breakdown_value = total.breakdown_value
where
    london.numerator is distinct from total.numerator
    or london.denominator is distinct from total.denominator
    or london.n_authorities is distinct from total.n_authorities
