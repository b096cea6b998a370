-- Every pre-proceedings block of every return with the spell it belongs to: one row per referral spell, start, return.
with recursive referral_version as (

    select
        referral_key as yearly_referral_key,
        spell_key as referral_spell_key
    from {{ ref('int_timeline_cin_census__referral_version') }}

),

placed_block as (

    select
        current_record.*,
        referral_version.referral_spell_key,
        -- what hangs under a referral without a readable date is the child's
        coalesce(referral_version.referral_spell_key, current_record.child_key) as parent_key,
        -- no date of a block must be sent: the first that was stands for the start
        coalesce(
            current_record.pre_proceedings_start_date,
            current_record.letter_before_proceedings_date,
            current_record.initial_meeting_date,
            current_record.step_decision_date,
            current_record.court_application_date
        ) as first_known_date
    from {{ ref('int_cin_census__current_pre_proceedings') }} as current_record
    left join referral_version on current_record.referral_key = referral_version.yearly_referral_key

),

-- the same start twice under a referral: the last stands
pre_proceedings as (

    select * from placed_block
    qualify
        row_number() over (
            partition by load_id, parent_key, first_known_date order by row_number_in_file desc
        ) = 1

),

{{ match_over_returns(
    'pre_proceedings', kind='pre_proceedings', group='parent_key', start_date='first_known_date',
    end_date='step_decision_date', equal=[], may_fill=['letter_before_proceedings_date', 'initial_meeting_date']
) }}

select * from version
