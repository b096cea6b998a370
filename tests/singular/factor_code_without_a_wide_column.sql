-- What: the factor code list and the columns of fct_assessment_factor_wide differ.
-- When it matters: always; a new factor would be missing from the table London uses.
-- How to resolve: add the code to macros/assessment_factor_codes.sql and its column to the yml of the model, or correct
--       seeds/code_lists/code_assessment_factor.csv.
with code_list as (

    select distinct code from {{ ref('code_assessment_factor') }}

),

wide as (

    select column_list.code
    from (
        values
        {%- for code in assessment_factor_codes() %}
            ('{{ code }}'){{ "," if not loop.last }}
        {%- endfor %}
    ) as column_list (code)

)

select coalesce(code_list.code, wide.code) as code
from code_list
full outer join wide on code_list.code = wide.code
where code_list.code is null or wide.code is null
