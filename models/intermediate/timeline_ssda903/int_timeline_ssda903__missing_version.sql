-- Every missing incident of every return with the spell it belongs to: one row per child, kind, start date and return.
with recursive missing as (

    select
        current_record.*,
        {{ surrogate_key(['current_record.child_key', 'current_record.missing_type_code']) }} as child_and_type
    from {{ ref('int_ssda903__current_missing') }} as current_record

),

{{ match_over_returns(
    'missing', kind='missing', group='child_and_type', start_date='missing_start_date', end_date='missing_end_date',
    equal=['missing_type_code']
) }}

select * from version
