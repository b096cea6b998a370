-- Every event of help and protection that a stage counts and, in conditional mode, the first day of the next step.
with referral as (

    select
        referral_spell_key,
        la_code,
        child_key,
        start_date,
        last_return_year
    from {{ ref('fct_referral_spell') }}

),

section_47 as (

    select
        la_code,
        child_key,
        referral_spell_key,
        start_date,
        conference_date,
        last_return_year
    from {{ ref('fct_section_47_spell') }}

),

conference as (

    select
        conference_spell_key,
        la_code,
        child_key,
        conference_date,
        last_return_year
    from {{ ref('fct_conference_spell') }}

),

plan as (

    select
        child_protection_plan_spell_key,
        la_code,
        child_key,
        person_key,
        start_date
    from {{ ref('fct_child_protection_plan_spell') }}

),

-- The first day of the next step on or after the step before it.
first_assessment as (

    select
        referral.referral_spell_key,
        min(assessment.start_date) as next_date
    from referral
    inner join {{ ref('fct_assessment_spell') }} as assessment
        on
            referral.referral_spell_key = assessment.referral_spell_key
            and referral.start_date <= assessment.start_date
    group by referral.referral_spell_key

),

first_section_47 as (

    select
        referral.referral_spell_key,
        min(section_47.start_date) as next_date
    from referral
    inner join section_47
        on
            referral.referral_spell_key = section_47.referral_spell_key
            and referral.start_date <= section_47.start_date
    group by referral.referral_spell_key

),

first_plan as (

    select
        conference.conference_spell_key,
        min(plan.start_date) as next_date
    from conference
    inner join plan on conference.child_key = plan.child_key and conference.conference_date <= plan.start_date
    group by conference.conference_spell_key

),

-- the two returns of an authority meet in the person
first_care_period as (

    select
        plan.child_protection_plan_spell_key,
        min(care_period.start_date) as next_date
    from plan
    inner join {{ ref('fct_care_period') }} as care_period
        on
            plan.person_key = care_period.person_key
            and plan.la_code = care_period.la_code
            and plan.start_date <= care_period.start_date
    group by plan.child_protection_plan_spell_key

),

event as (

    select
        'referral' as stage,
        'population' as mode,
        la_code,
        child_key,
        start_date as event_date,
        cast(null as date) as next_date,
        cast(null as integer) as last_return_year
    from referral

    union all

    select
        'assessment' as stage,
        'population' as mode,
        la_code,
        child_key,
        authorisation_date as event_date,
        cast(null as date) as next_date,
        cast(null as integer) as last_return_year
    from {{ ref('fct_completed_assessment') }}

    union all

    select
        'assessment' as stage,
        'conditional' as mode,
        referral.la_code,
        referral.child_key,
        referral.start_date as event_date,
        first_assessment.next_date,
        referral.last_return_year
    from referral
    left join first_assessment on referral.referral_spell_key = first_assessment.referral_spell_key

    union all

    select
        'section_47' as stage,
        'population' as mode,
        la_code,
        child_key,
        start_date as event_date,
        cast(null as date) as next_date,
        cast(null as integer) as last_return_year
    from section_47

    union all

    select
        'section_47' as stage,
        'conditional' as mode,
        referral.la_code,
        referral.child_key,
        referral.start_date as event_date,
        first_section_47.next_date,
        referral.last_return_year
    from referral
    left join first_section_47 on referral.referral_spell_key = first_section_47.referral_spell_key

    union all

    select
        'conference' as stage,
        'population' as mode,
        la_code,
        child_key,
        conference_date as event_date,
        cast(null as date) as next_date,
        cast(null as integer) as last_return_year
    from conference

    union all

    select
        'conference' as stage,
        'conditional' as mode,
        la_code,
        child_key,
        start_date as event_date,
        conference_date as next_date,
        last_return_year
    from section_47

    union all

    select
        'plan_start' as stage,
        'population' as mode,
        la_code,
        child_key,
        start_date as event_date,
        cast(null as date) as next_date,
        cast(null as integer) as last_return_year
    from plan

    union all

    select
        'plan_start' as stage,
        'conditional' as mode,
        conference.la_code,
        conference.child_key,
        conference.conference_date as event_date,
        first_plan.next_date,
        conference.last_return_year
    from conference
    left join first_plan on conference.conference_spell_key = first_plan.conference_spell_key

    union all

    select
        'looked_after_start' as stage,
        'conditional' as mode,
        plan.la_code,
        plan.child_key,
        plan.start_date as event_date,
        first_care_period.next_date,
        cast(null as integer) as last_return_year
    from plan
    left join first_care_period
        on plan.child_protection_plan_spell_key = first_care_period.child_protection_plan_spell_key

)

select
    stage,
    mode,
    la_code,
    child_key,
    event_date,
    next_date,
    last_return_year
from event
