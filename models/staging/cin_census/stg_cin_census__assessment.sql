-- One row per assessment as submitted.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with assessment as (

    select * from {{ source('raw_cin_census', 'assessment') }}
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
        {{ parse_date('assessment_actual_start_date') }} as assessment_start_date,
        {{ parse_date('assessment_internal_review_date') }} as internal_review_date,
        {{ parse_date('assessment_authorisation_date') }} as authorisation_date,
        {{ unreadable_fields([
            'assessment_actual_start_date', 'assessment_internal_review_date',
            'assessment_authorisation_date'
        ]) }} as unreadable_fields
    from assessment

)

select * from typed
