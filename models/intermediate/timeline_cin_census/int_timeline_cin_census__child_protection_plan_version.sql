-- Every child protection plan of every return with the spell it belongs to: one row per child, start date and return.
with recursive referral_version as (

    select
        referral_key as yearly_referral_key,
        spell_key as referral_spell_key
    from {{ ref('int_timeline_cin_census__referral_version') }}

),

child_protection_plan as (

    select
        current_record.*,
        referral_version.referral_spell_key
    from {{ ref('int_cin_census__current_child_protection_plan') }} as current_record
    left join referral_version on current_record.referral_key = referral_version.yearly_referral_key

),

{{ match_over_returns(
    'child_protection_plan', kind='child_protection_plan', group='child_key',
    start_date='child_protection_plan_start_date',
    end_date='child_protection_plan_end_date',
    equal=['initial_category_code', 'n_previous_plans']
) }}

select * from version
