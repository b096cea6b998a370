-- Every section 47 enquiry of every return with the spell it belongs to: one row per referral spell, start and return.
with recursive referral_version as (

    select
        referral_key as yearly_referral_key,
        spell_key as referral_spell_key
    from {{ ref('int_timeline_cin_census__referral_version') }}

),

section_47 as (

    select
        current_record.*,
        referral_version.referral_spell_key,
        -- what hangs under a referral without a readable date is the child's
        coalesce(referral_version.referral_spell_key, current_record.child_key) as parent_key
    from {{ ref('int_cin_census__current_section_47') }} as current_record
    left join referral_version on current_record.referral_key = referral_version.yearly_referral_key

),

{{ match_over_returns(
    'section_47', kind='section_47', group='parent_key', start_date='section_47_start_date',
    end_date=none, equal=[], may_fill=['conference_target_date', 'conference_date']
) }}

select * from version
