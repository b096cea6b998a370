-- One row per referral episode (CINdetails) as submitted.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with cin_detail as (

    select * from {{ source('raw_cin_census', 'cin_details') }}
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
        cin_details_seq,
        child_key,
        {{ parse_date('cin_referral_date') }} as referral_date,
        {{ code('referral_source') }} as referral_source_code,
        {{ code('primary_need_code') }} as primary_need_code,
        {{ parse_date('cin_closure_date') }} as closure_date,
        {{ code('reason_for_closure') }} as reason_for_closure_code,
        {{ parse_date('date_of_initial_cpc') }} as conference_date,
        {{ yes_no('referral_nfa') }} as is_no_further_action,
        {{ unreadable_fields([
            'cin_referral_date', 'referral_source', 'primary_need_code', 'cin_closure_date',
            'reason_for_closure', 'date_of_initial_cpc', 'referral_nfa'
        ]) }} as unreadable_fields
    from cin_detail

),

labelled as (

    select
        typed.load_id,
        typed.la_code,
        typed.collection_year,
        typed.row_number_in_file,
        typed.line_number,
        typed.child_seq,
        typed.cin_details_seq,
        typed.child_key,
        typed.referral_date,
        typed.referral_source_code,
        referral_source.label as referral_source_label,
        {{ is_code_valid('referral_source') }} as is_referral_source_code_valid,
        typed.primary_need_code,
        primary_need.label as primary_need_label,
        {{ is_code_valid('primary_need') }} as is_primary_need_code_valid,
        typed.closure_date,
        typed.reason_for_closure_code,
        reason_for_closure.label as reason_for_closure_label,
        {{ is_code_valid('reason_for_closure') }} as is_reason_for_closure_code_valid,
        typed.conference_date,
        typed.is_no_further_action,
        typed.unreadable_fields
    from typed
    left join {{ ref('code_referral_source') }} as referral_source
        on typed.referral_source_code = referral_source.code
    left join {{ ref('code_primary_need') }} as primary_need
        on typed.primary_need_code = primary_need.code
    left join {{ ref('code_reason_for_closure') }} as reason_for_closure
        on typed.reason_for_closure_code = reason_for_closure.code

)

select * from labelled
