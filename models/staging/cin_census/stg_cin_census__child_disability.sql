-- One row per disability of a child as submitted.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with child_disability as (

    select * from {{ source('raw_cin_census', 'child_disability') }}
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
        child_key,
        {{ code('disability') }} as disability_code,
        {{ unreadable_fields(['disability']) }} as unreadable_fields
    from child_disability

),

labelled as (

    select
        typed.load_id,
        typed.la_code,
        typed.collection_year,
        typed.row_number_in_file,
        typed.line_number,
        typed.child_seq,
        typed.child_key,
        typed.disability_code,
        disability.label as disability_label,
        {{ is_code_valid('disability') }} as is_disability_code_valid,
        typed.unreadable_fields
    from typed
    left join {{ ref('code_disability') }} as disability
        on typed.disability_code = disability.code

)

select * from labelled
