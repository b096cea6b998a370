-- Every child in need plan of every return with the spell it belongs to: one row per referral spell, start and return.
with recursive referral_version as (

    select
        referral_key as yearly_referral_key,
        spell_key as referral_spell_key
    from {{ ref('int_timeline_cin_census__referral_version') }}

),

cin_plan as (

    select
        current_record.*,
        referral_version.referral_spell_key,
        -- what hangs under a referral without a readable date is the child's
        coalesce(referral_version.referral_spell_key, current_record.child_key) as parent_key
    from {{ ref('int_cin_census__current_cin_plan') }} as current_record
    left join referral_version on current_record.referral_key = referral_version.yearly_referral_key

),

{{ match_over_returns(
    'cin_plan', kind='cin_plan', group='parent_key', start_date='cin_plan_start_date',
    end_date='cin_plan_end_date', equal=[]
) }}

select * from version
