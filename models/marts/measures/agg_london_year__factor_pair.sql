-- one row per pair of factor codes, year and period: are two factors seen together more than chance would have it?
with completed_assessment as (

    select * from {{ ref('fct_completed_assessment') }}
    where has_factors

),

assessment_factor as (

    select * from {{ ref('fct_assessment_factor') }}

),

factor as (

    select * from {{ ref('code_assessment_factor') }}
    -- 21 says that there is no factor
    where code <> '21'

),

collection_year as (

    select * from {{ ref('ref_collection_year') }}

),

returned as (

    select
        collection_year,
        count(distinct la_code) as n_authorities
    from {{ ref('int_submission__current') }}
    where return_name = 'cin_census'
    group by collection_year

),

base as (

    select
        collection_year,
        count(*) as n_assessments
    from completed_assessment
    group by collection_year

),

held as (

    select distinct
        completed_assessment.collection_year,
        completed_assessment.assessment_key,
        assessment_factor.factor_code
    from completed_assessment
    inner join assessment_factor on completed_assessment.assessment_key = assessment_factor.assessment_key

),

single as (

    select
        collection_year,
        factor_code,
        count(*) as n_assessments
    from held
    group by collection_year, factor_code

),

together as (

    select
        held_a.collection_year,
        held_a.factor_code as factor_a,
        held_b.factor_code as factor_b,
        count(*) as n_assessments
    from held as held_a
    inner join held as held_b
        on held_a.assessment_key = held_b.assessment_key and held_a.factor_code < held_b.factor_code
    group by held_a.collection_year, held_a.factor_code, held_b.factor_code

),

-- each pair once, the code that comes first in the alphabet first; both codes valid in the year
pair as (

    select
        returned.collection_year,
        returned.n_authorities,
        collection_year.period_end,
        factor_a.code as factor_a,
        factor_b.code as factor_b
    from returned
    inner join collection_year on returned.collection_year = collection_year.collection_year
    inner join factor as factor_a
        on returned.collection_year between factor_a.first_year and coalesce(factor_a.last_year, 9999)
    inner join factor as factor_b
        on
            factor_a.code < factor_b.code
            and returned.collection_year between factor_b.first_year and coalesce(factor_b.last_year, 9999)

),

counted as (

    select
        pair.collection_year,
        pair.n_authorities,
        pair.period_end,
        pair.factor_a,
        pair.factor_b,
        coalesce(base.n_assessments, 0) as n_assessments,
        coalesce(single_a.n_assessments, 0) as n_with_a,
        coalesce(single_b.n_assessments, 0) as n_with_b,
        coalesce(together.n_assessments, 0) as n_with_both
    from pair
    left join base on pair.collection_year = base.collection_year
    left join single as single_a
        on pair.collection_year = single_a.collection_year and pair.factor_a = single_a.factor_code
    left join single as single_b
        on pair.collection_year = single_b.collection_year and pair.factor_b = single_b.factor_code
    left join together
        on
            pair.collection_year = together.collection_year
            and pair.factor_a = together.factor_a
            and pair.factor_b = together.factor_b

)

-- (n_with_both / n) / (n_with_a / n × n_with_b / n), as the count of both over the count that chance would give
select
    'factor_cooccurrence_lift' as metric_id,
    'london' as la_code,
    'year' as period_type,
    period_end,
    'factor_a;factor_b' as breakdown,
    factor_a || ';' || factor_b as breakdown_value,
    cast(n_with_both as decimal(18, 6)) as numerator,
    {{ exact_ratio('n_with_a * n_with_b', 'n_assessments') }} as denominator,
    {{ exact_ratio('n_with_both * n_assessments', 'n_with_a * n_with_b') }} as value,
    cast(n_authorities as integer) as n_authorities
from counted
