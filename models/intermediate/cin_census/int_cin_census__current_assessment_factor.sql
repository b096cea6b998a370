-- The factors of the current assessments: one row per assessment and code.
-- An assessment that another of the same start has replaced takes its factors with it.
with assessment_factor as (

    select * from {{ ref('stg_cin_census__assessment_factor') }}
    where factor_code is not null

),

assessment as (

    select * from {{ ref('int_cin_census__current_assessment') }}

),

keyed as (

    select
        assessment.assessment_key,
        assessment.child_year_key,
        assessment.reference_date,
        assessment_factor.*
    from assessment_factor
    inner join assessment
        on
            assessment_factor.load_id = assessment.load_id
            and assessment_factor.child_seq = assessment.child_seq
            and assessment_factor.cin_details_seq = assessment.cin_details_seq
            and assessment_factor.assessment_seq = assessment.assessment_seq

)

-- the same factor twice on an assessment counts once
select * from keyed
qualify row_number() over (partition by assessment_key, factor_code order by row_number_in_file desc) = 1
