-- Every assessment of every return with the spell it belongs to: one row per referral spell, start date and return.
with recursive referral_version as (

    select
        referral_key as yearly_referral_key,
        spell_key as referral_spell_key
    from {{ ref('int_timeline_cin_census__referral_version') }}

),

assessment as (

    select
        current_record.*,
        referral_version.referral_spell_key,
        -- what hangs under a referral without a readable date is the child's
        coalesce(referral_version.referral_spell_key, current_record.child_key) as parent_key
    from {{ ref('int_cin_census__current_assessment') }} as current_record
    left join referral_version on current_record.referral_key = referral_version.yearly_referral_key

),

{{ match_over_returns(
    'assessment', kind='assessment', group='parent_key', start_date='assessment_start_date',
    end_date='authorisation_date', equal=[], may_fill=['internal_review_date']
) }}

select * from version
