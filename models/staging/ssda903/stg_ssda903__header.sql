-- One row per child of the return as submitted: identity already keyed, birth by month.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with header as (

    select * from {{ source('raw_ssda903', 'header') }}
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
        upn_key,
        upn_status,
        {{ code('upn_unknown_code') }} as upn_unknown_code,
        {{ parse_date('dob_month') }} as birth_month,
        {{ code('sex') }} as sex_code_as_sent,
        {{ code('ethnic') }} as ethnicity_code,
        {{ yes_no('mother') }} as is_mother,
        {{ parse_date('mc_dob_month') }} as mothers_child_birth_month,
        {{ unreadable_fields(['sex', 'dob_month', 'ethnic', 'mother', 'mc_dob_month']) }} as unreadable_fields
    from header

),

labelled as (

    select
        typed.load_id,
        typed.la_code,
        typed.collection_year,
        typed.row_number_in_file,
        typed.line_number,
        typed.child_key,
        typed.upn_key,
        typed.upn_status,
        typed.upn_unknown_code,
        upn_unknown.label as upn_unknown_label,
        {{ is_code_valid('upn_unknown') }} as is_upn_unknown_code_valid,
        typed.birth_month,
        typed.sex_code_as_sent,
        sex_group.sex_code,
        sex_group.sex_label,
        {{ is_code_valid('sex', code='sex_code_as_sent') }} as is_sex_code_valid,
        typed.ethnicity_code,
        ethnicity.label as ethnicity_label,
        {{ is_code_valid('ethnicity') }} as is_ethnicity_code_valid,
        typed.is_mother,
        typed.mothers_child_birth_month,
        typed.unreadable_fields
    from typed
    left join {{ ref('code_upn_unknown') }} as upn_unknown
        on typed.upn_unknown_code = upn_unknown.code
    left join {{ ref('code_sex') }} as sex
        on typed.sex_code_as_sent = sex.code
    left join {{ ref('config_sex') }} as sex_group
        on typed.sex_code_as_sent = sex_group.code
    left join {{ ref('code_ethnicity') }} as ethnicity
        on typed.ethnicity_code = ethnicity.code

)

select * from labelled
