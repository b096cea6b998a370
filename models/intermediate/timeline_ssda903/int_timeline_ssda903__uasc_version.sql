-- Every row about an unaccompanied child in every return: one row per child and return, one spell per child.
-- The return tells when the status ceased and never when it began: the spell starts with the first period of care.
with recursive care_period as (

    select
        child_key,
        min(episode_start_date) as first_start_date
    from {{ ref('int_timeline_ssda903__episode') }}
    where care_period_key is not null
    group by child_key

),

uasc as (

    select
        current_record.*,
        care_period.first_start_date
    from {{ ref('int_ssda903__current_uasc') }} as current_record
    left join care_period on current_record.child_key = care_period.child_key

),

{{ match_over_returns(
    'uasc', kind='uasc', group='child_key', start_date='first_start_date', end_date='uasc_status_ceased_date', equal=[]
) }}

select * from version
