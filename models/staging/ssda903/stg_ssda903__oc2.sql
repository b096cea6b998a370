-- One row per child looked after for twelve months, with health and offending outcomes, as submitted.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with oc2 as (

    select * from {{ source('raw_ssda903', 'oc2') }}
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
        try_cast(sdq_score as integer) as sdq_score,
        {{ code('sdq_reason') }} as sdq_missing_reason_code,
        {{ yes_no('convicted') }} as is_convicted,
        {{ yes_no('health_check') }} as has_health_surveillance_up_to_date,
        {{ yes_no('immunisations') }} as has_immunisations_up_to_date,
        {{ yes_no('teeth_check') }} as has_dental_check,
        {{ yes_no('health_assessment') }} as has_health_assessment,
        {{ yes_no('substance_misuse') }} as has_substance_misuse,
        {{ yes_no('intervention_received') }} as has_received_intervention,
        {{ yes_no('intervention_offered') }} as has_been_offered_intervention,
        {{ unreadable_fields([
            'dob_month', 'sdq_score', 'sdq_reason', 'convicted', 'health_check',
            'immunisations', 'teeth_check', 'health_assessment', 'substance_misuse',
            'intervention_received', 'intervention_offered'
        ]) }} as unreadable_fields
    from oc2

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
        typed.sdq_score,
        typed.sdq_missing_reason_code,
        sdq_missing_reason.label as sdq_missing_reason_label,
        {{ is_code_valid('sdq_missing_reason') }} as is_sdq_missing_reason_code_valid,
        typed.is_convicted,
        typed.has_health_surveillance_up_to_date,
        typed.has_immunisations_up_to_date,
        typed.has_dental_check,
        typed.has_health_assessment,
        typed.has_substance_misuse,
        typed.has_received_intervention,
        typed.has_been_offered_intervention,
        typed.unreadable_fields
    from typed
    left join {{ ref('code_sdq_missing_reason') }} as sdq_missing_reason
        on typed.sdq_missing_reason_code = sdq_missing_reason.code

)

select * from labelled
