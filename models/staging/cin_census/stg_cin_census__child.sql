-- One row per child as submitted: identity already keyed, dates of birth and death by month.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with child as (

    select * from {{ source('raw_cin_census', 'child') }}
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
        upn_key,
        upn_status,
        former_upn_key,
        former_upn_status,
        {{ code('coalesce(upn_unknown, upn_unknown_code)') }} as upn_unknown_code,
        {{ parse_date('person_birth_date_month') }} as birth_month,
        {{ parse_date('expected_person_birth_date_month') }} as expected_birth_month,
        {{ parse_date('person_death_date_month') }} as death_month,
        -- Sex took the place of GenderCurrent; a file may still use the element of the other years
        {{ code('coalesce(sex, gender_current)') }} as sex_code_as_sent,
        {{ code('ethnicity') }} as ethnicity_code,
        {{ unreadable_fields([
            'upn_unknown', 'person_birth_date_month', 'expected_person_birth_date_month',
            'gender_current', 'sex', 'person_death_date_month', 'ethnicity'
        ]) }} as unreadable_fields
    from child

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
        typed.upn_key,
        typed.upn_status,
        typed.former_upn_key,
        typed.former_upn_status,
        typed.upn_unknown_code,
        upn_unknown.label as upn_unknown_label,
        {{ is_code_valid('upn_unknown') }} as is_upn_unknown_code_valid,
        typed.birth_month,
        typed.expected_birth_month,
        typed.death_month,
        typed.sex_code_as_sent,
        sex_group.sex_code,
        sex_group.sex_label,
        {{ is_code_valid('sex', code='sex_code_as_sent') }} as is_sex_code_valid,
        typed.ethnicity_code,
        ethnicity.label as ethnicity_label,
        {{ is_code_valid('ethnicity') }} as is_ethnicity_code_valid,
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
