-- One row per pre-proceedings block as submitted (collection 2027 on).
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with pre_proceedings as (

    select * from {{ source('raw_cin_census', 'pre_proceedings') }}
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
        pre_proceedings_seq,
        child_key,
        {{ parse_date('pp_start_date') }} as pre_proceedings_start_date,
        {{ parse_date('lbp_sent_date') }} as letter_before_proceedings_date,
        {{ yes_no('fgdm_meeting_offer') }} as is_family_group_meeting_offered,
        {{ yes_no('fgdm_meeting_fac') }} as is_family_group_meeting_facilitated,
        {{ parse_date('initial_pp_meeting_date') }} as initial_meeting_date,
        try_cast(review_meetings_count as integer) as n_review_meetings,
        {{ parse_date('step_decision_date') }} as step_decision_date,
        {{ code('pp_outcome') }} as outcome_code,
        {{ parse_date('court_app_date') }} as court_application_date,
        {{ parse_date('letter_init_cp_date') }} as care_proceedings_letter_date,
        {{ unreadable_fields([
            'pp_start_date', 'lbp_sent_date', 'fgdm_meeting_offer', 'fgdm_meeting_fac',
            'initial_pp_meeting_date', 'review_meetings_count', 'step_decision_date',
            'pp_outcome', 'court_app_date', 'letter_init_cp_date'
        ]) }} as unreadable_fields
    from pre_proceedings

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
        typed.pre_proceedings_seq,
        typed.child_key,
        typed.pre_proceedings_start_date,
        typed.letter_before_proceedings_date,
        typed.is_family_group_meeting_offered,
        typed.is_family_group_meeting_facilitated,
        typed.initial_meeting_date,
        typed.n_review_meetings,
        typed.step_decision_date,
        typed.outcome_code,
        outcome.label as outcome_label,
        {{ is_code_valid('outcome') }} as is_outcome_code_valid,
        typed.court_application_date,
        typed.care_proceedings_letter_date,
        typed.unreadable_fields
    from typed
    left join {{ ref('code_pre_proceedings_outcome') }} as outcome
        on typed.outcome_code = outcome.code

)

select * from labelled
