-- One row per review conference of a child protection plan as submitted.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with review as (

    select * from {{ source('raw_cin_census', 'review') }}
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
        cpp_seq,
        child_key,
        {{ parse_date('cpp_review_date') }} as review_date,
        {{ unreadable_fields(['cpp_review_date']) }} as unreadable_fields
    from review

)

select * from typed
