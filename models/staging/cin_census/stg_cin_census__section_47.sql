-- One row per section 47 enquiry as submitted.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with section_47 as (

    select * from {{ source('raw_cin_census', 'section47') }}
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
        section47_seq,
        child_key,
        {{ parse_date('s47_actual_start_date') }} as section_47_start_date,
        {{ parse_date('initial_cpc_target') }} as conference_target_date,
        {{ parse_date('date_of_initial_cpc') }} as conference_date,
        {{ yes_no('icpc_not_required') }} as is_conference_not_required,
        {{ unreadable_fields([
            's47_actual_start_date', 'initial_cpc_target', 'date_of_initial_cpc',
            'icpc_not_required'
        ]) }} as unreadable_fields
    from section_47

)

select * from typed
