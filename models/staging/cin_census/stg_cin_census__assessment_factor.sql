-- One row per factor identified at the end of an assessment, as submitted.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with assessment_factor as (

    select * from {{ source('raw_cin_census', 'assessment_factor') }}
    where
        load_id in (
            select submission.load_id from {{ source('ledger', 'load') }} as submission
            where submission.status in ('accepted', 'superseded')
        )

),

typed as (

    select
        load_id,
        la_code,
        collection_year,
        row_number_in_file,
        line_number,
        child_seq,
        cin_details_seq,
        assessment_seq,
        child_key,
        {{ code('assessment_factor') }} as factor_code,
        {{ unreadable_fields(['assessment_factor']) }} as unreadable_fields
    from assessment_factor

),

labelled as (

    select
        typed.load_id,
        typed.la_code,
        typed.collection_year,
        typed.row_number_in_file,
        typed.line_number,
        typed.child_seq,
        typed.cin_details_seq,
        typed.assessment_seq,
        typed.child_key,
        typed.factor_code,
        factor.label as factor_label,
        {{ is_code_valid('factor') }} as is_factor_code_valid,
        typed.unreadable_fields
    from typed
    left join {{ ref('code_assessment_factor') }} as factor
        on typed.factor_code = factor.code

)

select * from labelled
