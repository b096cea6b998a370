-- one row per child, authorisation date and authority, a 0/1 column per factor code: the table London uses today
with assessment as (

    select * from {{ ref('fct_assessment') }}
    where authorisation_date is not null

),

assessment_factor as (

    select * from {{ ref('fct_assessment_factor') }}

),

child_year as (

    select * from {{ ref('dim_child_year') }}

),

-- An assessment of an episode open over 31 March may come again in the next return: the later return wins.
latest_return as (

    select *
    from assessment
    qualify
        collection_year = max(collection_year) over (partition by la_code, child_key, authorisation_date)

),

flagged as (

    select
        latest_return.la_code,
        latest_return.child_key,
        latest_return.authorisation_date,
        latest_return.child_year_key,
        latest_return.collection_year,
        count(distinct latest_return.assessment_key) as n_assessments,
        {% for code in assessment_factor_codes() %}
            max(case when assessment_factor.factor_code = '{{ code }}' then 1 else 0 end) as factor_{{ code | lower }},
        {% endfor %}
        count(distinct assessment_factor.factor_code) as n_factor_codes
    from latest_return
    left join assessment_factor on latest_return.assessment_key = assessment_factor.assessment_key
    group by
        latest_return.la_code,
        latest_return.child_key,
        latest_return.authorisation_date,
        latest_return.child_year_key,
        latest_return.collection_year

)

select
    flagged.la_code,
    flagged.child_key,
    flagged.authorisation_date,
    flagged.child_year_key,
    flagged.collection_year,
    cast({{ age_at('child_year.birth_month', 'flagged.authorisation_date') }} as integer) as age_at_authorisation,
    child_year.sex_code,
    child_year.ethnicity_code,
    child_year.ethnic_group,
    child_year.has_disability,
    cast(flagged.n_assessments as integer) as n_assessments,
    {% for code in assessment_factor_codes() %}
        cast(flagged.factor_{{ code | lower }} as integer) as factor_{{ code | lower }},
    {% endfor %}
    cast(flagged.n_factor_codes as integer) as n_factor_codes
from flagged
left join child_year on flagged.child_year_key = child_year.child_year_key
order by flagged.la_code, flagged.child_key, flagged.authorisation_date
