-- Every referral of every return with the spell it belongs to: one row per child, referral date and return.
with recursive referral as (

    select
        current_referral.*,
        -- a referral that led to no further action ended on its day, whether or not a closure was sent
        coalesce(
            current_referral.closure_date,
            case when current_referral.is_no_further_action then current_referral.referral_date end
        ) as referral_end_date
    from {{ ref('int_cin_census__current_referral') }} as current_referral

),

{{ match_over_returns(
    'referral', kind='referral', group='child_key', start_date='referral_date', end_date='referral_end_date',
    equal=['referral_source_code', 'primary_need_code', 'is_no_further_action'],
    may_fill=['reason_for_closure_code', 'conference_date']
) }}

select * from version
