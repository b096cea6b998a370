-- One row per child adopted in the year as submitted.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with ad1 as (

    select * from {{ source('raw_ssda903', 'ad1') }}
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
        {{ parse_date('date_int') }} as best_interest_decision_date,
        {{ parse_date('date_match') }} as matched_date,
        {{ yes_no('foster_care') }} as is_adopted_by_foster_carer,
        {{ code('nb_adoptr') }} as number_of_adopters_code,
        {{ code('sex_adoptr') }} as sex_of_adopters_code,
        {{ code('ls_adoptr') }} as legal_status_of_adopters_code,
        {{ unreadable_fields([
            'dob_month', 'date_int', 'date_match', 'foster_care', 'nb_adoptr', 'sex_adoptr',
            'ls_adoptr'
        ]) }} as unreadable_fields
    from ad1

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
        typed.best_interest_decision_date,
        typed.matched_date,
        typed.is_adopted_by_foster_carer,
        typed.number_of_adopters_code,
        number_of_adopters.label as number_of_adopters_label,
        {{ is_code_valid('number_of_adopters') }} as is_number_of_adopters_code_valid,
        typed.sex_of_adopters_code,
        sex_of_adopters.label as sex_of_adopters_label,
        {{ is_code_valid('sex_of_adopters') }} as is_sex_of_adopters_code_valid,
        typed.legal_status_of_adopters_code,
        legal_status_of_adopters.label as legal_status_of_adopters_label,
        {{ is_code_valid('legal_status_of_adopters') }} as is_legal_status_of_adopters_code_valid,
        typed.unreadable_fields
    from typed
    left join {{ ref('code_number_of_adopters') }} as number_of_adopters
        on typed.number_of_adopters_code = number_of_adopters.code
    left join {{ ref('code_sex_of_adopters') }} as sex_of_adopters
        on typed.sex_of_adopters_code = sex_of_adopters.code
    left join {{ ref('code_legal_status_of_adopters') }} as legal_status_of_adopters
        on typed.legal_status_of_adopters_code = legal_status_of_adopters.code

)

select * from labelled
