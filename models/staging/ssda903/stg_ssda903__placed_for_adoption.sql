-- One row per decision that a child should be placed for adoption, as submitted.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with placed_for_adoption as (

    select * from {{ source('raw_ssda903', 'placed_for_adoption') }}
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
        {{ parse_date('date_placed') }} as placement_decision_date,
        {{ parse_date('date_placed_ceased') }} as placement_decision_reversed_date,
        {{ code('reason_placed_ceased') }} as reason_placement_decision_reversed_code,
        {{ unreadable_fields([
            'dob_month', 'date_placed', 'date_placed_ceased', 'reason_placed_ceased'
        ]) }} as unreadable_fields
    from placed_for_adoption

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
        typed.placement_decision_date,
        typed.placement_decision_reversed_date,
        typed.reason_placement_decision_reversed_code,
        reason_placement_decision_reversed.label as reason_placement_decision_reversed_label,
        {{ is_code_valid('reason_placement_decision_reversed') }} as is_reason_placement_decision_reversed_code_valid,
        typed.unreadable_fields
    from typed
    left join {{ ref('code_reason_placement_decision_reversed') }} as reason_placement_decision_reversed
        on typed.reason_placement_decision_reversed_code = reason_placement_decision_reversed.code

)

select * from labelled
