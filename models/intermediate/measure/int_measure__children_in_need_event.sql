-- One row per event of the children in need census that measures count, with the child as it counts at the event.
with event as (

    select
        'referral' as event_type,
        referral_spell_key as event_key,
        child_key,
        person_key,
        la_code,
        start_date as event_date
    from {{ ref('fct_referral_spell') }}

    union all

    -- timelines.md 1: an assumed end counts on the day after. A referral without further action was no case in need.
    select
        'child_in_need_ended' as event_type,
        referral_spell_key as event_key,
        child_key,
        person_key,
        la_code,
        end_effective_date as event_date
    from {{ ref('fct_referral_spell') }}
    where end_date is not null and not coalesce(is_no_further_action, false)

    union all

    -- open on any day of a year: counted with the child as it is at the end of the year
    select
        'child_in_need_in_year' as event_type,
        referral.referral_spell_key as event_key,
        referral.child_key,
        referral.person_key,
        referral.la_code,
        year_of_return.period_end as event_date
    from {{ ref('fct_referral_spell') }} as referral
    inner join {{ ref('int_measure__period') }} as year_of_return
        on
            referral.la_code = year_of_return.la_code
            and year_of_return.dataset = 'cin_census'
            and year_of_return.period_type = 'year'
            and referral.start_date <= year_of_return.period_end
            and (referral.end_effective_date is null or referral.end_effective_date >= year_of_return.period_start)
    where not coalesce(referral.is_no_further_action, false)

    union all

    select
        'assessment' as event_type,
        assessment.assessment_key as event_key,
        assessment.child_key,
        child.person_key,
        assessment.la_code,
        assessment.authorisation_date as event_date
    from {{ ref('fct_completed_assessment') }} as assessment
    left join {{ ref('int_measure__child') }} as child
        on assessment.child_key = child.child_key and child.return_name = 'cin_census'

    union all

    -- the first assessment of a referral to be completed; one dated before its referral is a fault of the return
    select
        'first_assessment' as event_type,
        referral.referral_spell_key as event_key,
        referral.child_key,
        referral.person_key,
        referral.la_code,
        min(assessment.authorisation_date) as event_date
    from {{ ref('fct_assessment_spell') }} as assessment
    inner join {{ ref('fct_referral_spell') }} as referral
        on assessment.referral_spell_key = referral.referral_spell_key
    where assessment.is_authorised and assessment.authorisation_date >= referral.start_date
    group by referral.referral_spell_key, referral.child_key, referral.person_key, referral.la_code

    union all

    select
        'section_47' as event_type,
        section_47_spell_key as event_key,
        child_key,
        person_key,
        la_code,
        start_date as event_date
    from {{ ref('fct_section_47_spell') }}

    union all

    select
        'conference' as event_type,
        conference_spell_key as event_key,
        child_key,
        person_key,
        la_code,
        conference_date as event_date
    from {{ ref('fct_conference_spell') }}

    union all

    select
        'child_protection_plan_started' as event_type,
        child_protection_plan_spell_key as event_key,
        child_key,
        person_key,
        la_code,
        start_date as event_date
    from {{ ref('fct_child_protection_plan_spell') }}

    union all

    select
        'child_protection_plan_ended' as event_type,
        child_protection_plan_spell_key as event_key,
        child_key,
        person_key,
        la_code,
        end_effective_date as event_date
    from {{ ref('fct_child_protection_plan_spell') }}
    where end_date is not null

    union all

    select
        'letter_before_proceedings' as event_type,
        pre_proceedings_spell_key as event_key,
        child_key,
        person_key,
        la_code,
        letter_before_proceedings_date as event_date
    from {{ ref('fct_pre_proceedings_spell') }}
    where letter_before_proceedings_date is not null

    union all

    select
        'pre_proceedings_ended' as event_type,
        pre_proceedings_spell_key as event_key,
        child_key,
        person_key,
        la_code,
        told_end_date as event_date
    from {{ ref('int_measure__pre_proceedings') }}
    where told_end_date is not null

),

-- only what falls into a quarter whose return has arrived can be measured
dated as (

    select
        event.*,
        quarter.collection_year,
        quarter.period_end as quarter_end_date,
        collection_year.period_end as year_end_date
    from event
    inner join {{ ref('int_measure__period') }} as quarter
        on
            event.la_code = quarter.la_code
            and quarter.dataset = 'cin_census'
            and quarter.period_type = 'quarter'
            and event.event_date between quarter.period_start and quarter.period_end
    inner join {{ ref('ref_collection_year') }} as collection_year
        on quarter.collection_year = collection_year.collection_year

)

select
    dated.event_type,
    dated.event_key,
    dated.child_key,
    dated.person_key,
    dated.la_code,
    dated.event_date,
    dated.collection_year,
    dated.quarter_end_date,
    dated.year_end_date,
    {{ age_bands_of_child_in_need('child', 'dated.event_date') }},
    coalesce(child.sex, 'U') as sex,
    child.ethnicity_code,
    coalesce(child.ethnic_group, 'Unknown') as ethnic_group,
    coalesce(disability.disability, 'unknown') as disability
from dated
left join {{ ref('int_measure__child') }} as child
    on dated.child_key = child.child_key and child.return_name = 'cin_census'
left join {{ ref('int_measure__child_disability') }} as disability
    on dated.child_key = disability.child_key and dated.collection_year = disability.collection_year
{{ join_age_bands_of_child_in_need('child', 'dated.event_date') }}
