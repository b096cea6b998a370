-- One row per child protection plan as submitted.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with child_protection_plan as (

    select * from {{ source('raw_cin_census', 'child_protection_plan') }}
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
        cpp_seq,
        child_key,
        {{ parse_date('cpp_start_date') }} as child_protection_plan_start_date,
        {{ parse_date('cpp_end_date') }} as child_protection_plan_end_date,
        {{ code('initial_category_of_abuse') }} as initial_category_code,
        {{ code('latest_category_of_abuse') }} as latest_category_code,
        try_cast(number_of_previous_cpp as integer) as n_previous_plans,
        {{ unreadable_fields([
            'cpp_start_date', 'cpp_end_date', 'initial_category_of_abuse',
            'latest_category_of_abuse', 'number_of_previous_cpp'
        ]) }} as unreadable_fields
    from child_protection_plan

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
        typed.cpp_seq,
        typed.child_key,
        typed.child_protection_plan_start_date,
        typed.child_protection_plan_end_date,
        typed.initial_category_code,
        initial_category.label as initial_category_label,
        {{ is_code_valid('initial_category') }} as is_initial_category_code_valid,
        typed.latest_category_code,
        latest_category.label as latest_category_label,
        {{ is_code_valid('latest_category') }} as is_latest_category_code_valid,
        typed.n_previous_plans,
        typed.unreadable_fields
    from typed
    left join {{ ref('code_category_of_abuse') }} as initial_category
        on typed.initial_category_code = initial_category.code
    left join {{ ref('code_category_of_abuse') }} as latest_category
        on typed.latest_category_code = latest_category.code

)

select * from labelled
