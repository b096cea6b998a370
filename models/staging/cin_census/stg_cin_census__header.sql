-- One row per file as submitted: what the file says of itself.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with header as (

    select * from {{ source('raw_cin_census', 'header') }}
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
        {{ code('collection') }} as collection_name,
        try_cast(year as integer) as year_in_file,
        {{ parse_date('reference_date') }} as reference_date,
        {{ code('source_level') }} as source_level_code,
        lea as la_code_in_file,
        serial_no as serial_number,
        try_cast(date_time as timestamp) as written_at,
        {{ unreadable_fields([
            'collection', 'year', 'reference_date', 'source_level', 'lea', 'serial_no',
            'date_time'
        ]) }} as unreadable_fields
    from header

)

select * from typed
