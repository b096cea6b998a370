-- One row per looked after review as submitted.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with review as (

    select * from {{ source('raw_ssda903', 'reviews') }}
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
        child_key,
        {{ parse_date('dob_month') }} as birth_month,
        {{ parse_date('review') }} as review_date,
        {{ code('review_code') }} as review_participation_code,
        {{ unreadable_fields(['dob_month', 'review', 'review_code']) }} as unreadable_fields
    from review

),

labelled as (

    select
        typed.load_id,
        typed.la_code,
        typed.collection_year,
        typed.row_number_in_file,
        typed.line_number,
        typed.child_key,
        typed.birth_month,
        typed.review_date,
        typed.review_participation_code,
        review_participation.label as review_participation_label,
        {{ is_code_valid('review_participation') }} as is_review_participation_code_valid,
        typed.unreadable_fields
    from typed
    left join {{ ref('code_review_participation') }} as review_participation
        on typed.review_participation_code = review_participation.code

)

select * from labelled
