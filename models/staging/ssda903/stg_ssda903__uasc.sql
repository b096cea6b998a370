-- One row per unaccompanied asylum-seeking child as submitted.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with uasc as (

    select * from {{ source('raw_ssda903', 'uasc') }}
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
        {{ code('sex') }} as sex_code_as_sent,
        {{ parse_date('duc') }} as uasc_status_ceased_date,
        {{ unreadable_fields(['sex', 'dob_month', 'duc']) }} as unreadable_fields
    from uasc

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
        typed.sex_code_as_sent,
        sex_group.sex_code,
        sex_group.sex_label,
        {{ is_code_valid('sex', code='sex_code_as_sent') }} as is_sex_code_valid,
        typed.uasc_status_ceased_date,
        typed.unreadable_fields
    from typed
    left join {{ ref('code_sex') }} as sex
        on typed.sex_code_as_sent = sex.code
    left join {{ ref('config_sex') }} as sex_group
        on typed.sex_code_as_sent = sex_group.code

)

select * from labelled
