-- One row per child with the permanence option it had before, as submitted.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with previous_permanence as (

    select * from {{ source('raw_ssda903', 'previous_permanence') }}
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
        {{ code('prev_perm') }} as previous_permanence_code,
        {{ code('la_perm') }} as previous_permanence_la_code,
        {{ partial_date('date_perm') }} as order_date,
        {{ partial_date_precision('date_perm') }} as order_date_precision,
        {{ unreadable_fields(['dob_month', 'prev_perm', 'la_perm', 'date_perm']) }} as unreadable_fields
    from previous_permanence

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
        typed.previous_permanence_code,
        previous_permanence.label as previous_permanence_label,
        {{ is_code_valid('previous_permanence') }} as is_previous_permanence_code_valid,
        typed.previous_permanence_la_code,
        coalesce(previous_permanence_la.label, authority.la_name) as previous_permanence_la_name,
        typed.order_date,
        typed.order_date_precision,
        typed.unreadable_fields
    from typed
    left join {{ ref('code_previous_permanence') }} as previous_permanence
        on typed.previous_permanence_code = previous_permanence.code
    left join {{ ref('code_previous_permanence_authority') }} as previous_permanence_la
        on typed.previous_permanence_la_code = previous_permanence_la.code
    left join {{ ref('ref_authority') }} as authority
        on typed.previous_permanence_la_code = authority.la_code

)

select * from labelled
