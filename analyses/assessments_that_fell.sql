-- Authorities whose completed assessments fell by more than a fifth from one year to the next:
-- a real change, or half a return?
-- Run: liia dbt show --select assessments_that_fell --limit 50
with completed as (

    select
        la_code,
        period_end,
        value as n_assessments
    from {{ ref('fct_measure') }}
    where
        metric_id = 'assessments_completed_count'
        and period_type = 'year'
        and breakdown = 'total'
        and la_code <> 'london'

),

beside_the_year_before as (

    select
        la_code,
        period_end,
        n_assessments,
        lag(n_assessments) over (
            partition by la_code
            order by period_end
        ) as n_assessments_year_before
    from completed

)

select
    authority.la_name,
    beside_the_year_before.period_end,
    beside_the_year_before.n_assessments_year_before,
    beside_the_year_before.n_assessments
from beside_the_year_before
inner join {{ ref('ref_authority') }} as authority
    on beside_the_year_before.la_code = authority.la_code
where beside_the_year_before.n_assessments < 0.8 * beside_the_year_before.n_assessments_year_before
order by authority.la_name, beside_the_year_before.period_end
