-- One row per allocation of a social worker as submitted.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with social_worker as (

    select * from {{ source('raw_ssda903', 'social_worker') }}
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
        worker_key,
        {{ parse_date('dob_month') }} as birth_month,
        {{ parse_date('sw_decom') }} as allocation_start_date,
        {{ parse_date('sw_dec') }} as allocation_end_date,
        {{ code('sw_reason') }} as social_worker_change_reason_code,
        {{ unreadable_fields(['dob_month', 'sw_decom', 'sw_dec', 'sw_reason']) }} as unreadable_fields
    from social_worker

),

labelled as (

    select
        typed.load_id,
        typed.la_code,
        typed.collection_year,
        typed.row_number_in_file,
        typed.line_number,
        typed.child_key,
        typed.worker_key,
        typed.birth_month,
        typed.allocation_start_date,
        typed.allocation_end_date,
        typed.social_worker_change_reason_code,
        social_worker_change_reason.label as social_worker_change_reason_label,
        {{ is_code_valid('social_worker_change_reason') }} as is_social_worker_change_reason_code_valid,
        typed.unreadable_fields
    from typed
    left join {{ ref('code_social_worker_change_reason') }} as social_worker_change_reason
        on typed.social_worker_change_reason_code = social_worker_change_reason.code

)

select * from labelled
