-- One row per deprivation of liberty order as submitted.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with dolo as (

    select * from {{ source('raw_ssda903', 'dolo') }}
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
        {{ parse_date('dolo_start') }} as order_start_date,
        {{ parse_date('dolo_end') }} as order_end_date,
        {{ unreadable_fields(['dob_month', 'dolo_start', 'dolo_end']) }} as unreadable_fields
    from dolo

)

select * from typed
