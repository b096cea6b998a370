-- One row per care leaver around the birthday as submitted.
-- Every submission that counts is here, superseded ones too; the ledger says which they are.
with oc3 as (

    select * from {{ source('raw_ssda903', 'oc3') }}
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
        {{ code('in_touch') }} as in_touch_code,
        {{ code('activ') }} as activity_code,
        {{ code('accom') }} as accommodation_code,
        {{ unreadable_fields(['dob_month', 'in_touch', 'activ', 'accom']) }} as unreadable_fields
    from oc3

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
        typed.in_touch_code,
        in_touch.label as in_touch_label,
        {{ is_code_valid('in_touch') }} as is_in_touch_code_valid,
        typed.activity_code,
        activity.label as activity_label,
        {{ is_code_valid('activity') }} as is_activity_code_valid,
        typed.accommodation_code,
        accommodation.label as accommodation_label,
        {{ is_code_valid('accommodation') }} as is_accommodation_code_valid,
        typed.unreadable_fields
    from typed
    left join {{ ref('code_in_touch') }} as in_touch
        on typed.in_touch_code = in_touch.code
    left join {{ ref('code_activity') }} as activity
        on typed.activity_code = activity.code
    left join {{ ref('code_accommodation') }} as accommodation
        on typed.accommodation_code = accommodation.code

)

select * from labelled
