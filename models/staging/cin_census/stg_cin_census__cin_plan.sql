-- One row per child in need plan (CINPlanDates) as submitted.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with cin_plan as (

    select * from {{ source('raw_cin_census', 'cin_plan_dates') }}
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
        cin_plan_seq,
        child_key,
        {{ parse_date('cin_plan_start_date') }} as cin_plan_start_date,
        {{ parse_date('cin_plan_end_date') }} as cin_plan_end_date,
        {{ unreadable_fields(['cin_plan_start_date', 'cin_plan_end_date']) }} as unreadable_fields
    from cin_plan

)

select * from typed
