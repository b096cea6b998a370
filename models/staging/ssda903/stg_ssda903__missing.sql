-- One row per missing or away incident as submitted.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with missing as (

    select * from {{ source('raw_ssda903', 'missing') }}
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
        {{ code('missing') }} as missing_type_code,
        {{ parse_date('mis_start') }} as missing_start_date,
        {{ parse_date('mis_end') }} as missing_end_date,
        {{ unreadable_fields(['dob_month', 'missing', 'mis_start', 'mis_end']) }} as unreadable_fields
    from missing

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
        typed.missing_type_code,
        missing_type.label as missing_type_label,
        {{ is_code_valid('missing_type') }} as is_missing_type_code_valid,
        typed.missing_start_date,
        typed.missing_end_date,
        typed.unreadable_fields
    from typed
    left join {{ ref('code_missing_type') }} as missing_type
        on typed.missing_type_code = missing_type.code

)

select * from labelled
