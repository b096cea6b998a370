-- One row per section 47 enquiry: whether it led to a conference and to a plan, within the windows of config_window
-- (pan_london_today.md 2).
with time_window as (

    select
        max(case when window_name = 'section_47_to_plan' then length end) as plan_days,
        max(case when window_name = 'conference_to_plan' then length end) as conference_days
    from {{ ref('config_window') }}

),

section_47 as (

    select
        section_47.*,
        -- a conference before the enquiry did not follow from it
        case
            when section_47.conference_date >= section_47.start_date then section_47.conference_date
        end as following_conference_date
    from {{ ref('fct_section_47_spell') }} as section_47

),

-- the first plan of the child in either window, so that a second plan makes no second row
first_plan as (

    select
        section_47.section_47_spell_key,
        plan.child_protection_plan_spell_key,
        plan.start_date as plan_start_date
    from section_47
    cross join time_window
    inner join {{ ref('fct_child_protection_plan_spell') }} as plan
        on
            section_47.child_key = plan.child_key
            and (
                {{ days_between('section_47.start_date', 'plan.start_date') }} between 0 and time_window.plan_days
                or {{ days_between('section_47.following_conference_date', 'plan.start_date') }}
                between 0 and time_window.conference_days
            )
    qualify
        row_number() over (
            partition by section_47.section_47_spell_key
            order by plan.start_date, plan.child_protection_plan_spell_key
        ) = 1

),

followed as (

    select
        section_47.*,
        first_plan.child_protection_plan_spell_key,
        first_plan.plan_start_date,
        sent.observed_until_date,
        -- not every day of the window after the enquiry has been returned yet
        {{ days_between('section_47.start_date', 'sent.observed_until_date') }} < time_window.plan_days
            as is_section_47_recent,
        coalesce(
            {{ days_between('section_47.following_conference_date', 'sent.observed_until_date') }}
            < time_window.conference_days,
            false
        ) as is_conference_recent
    from section_47
    cross join time_window
    inner join {{ ref('int_journey__return') }} as sent
        on section_47.la_code = sent.la_code and section_47.last_return_year = sent.collection_year
    left join first_plan on section_47.section_47_spell_key = first_plan.section_47_spell_key

),

child as (

    select * from {{ ref('int_measure__child') }}
    where return_name = 'cin_census'

)

select
    followed.section_47_spell_key,
    followed.child_key,
    followed.person_key,
    followed.la_code,
    followed.referral_spell_key,
    collection_year.collection_year,
    followed.start_date as section_47_start_date,
    followed.following_conference_date as conference_date,
    followed.child_protection_plan_spell_key,
    followed.plan_start_date,
    {{ days_between('followed.start_date', 'followed.following_conference_date') }} as days_to_conference,
    {{ days_between('followed.following_conference_date', 'followed.plan_start_date') }}
        as days_from_conference_to_plan,
    {{ days_between('followed.start_date', 'followed.plan_start_date') }} as days_to_plan,
    case
        when followed.following_conference_date is not null then 'conference'
        when followed.plan_start_date is not null then 'plan'
        when followed.is_section_47_recent then 'too_recent'
        else 'none'
    end as step_1,
    case
        when followed.following_conference_date is null then null
        when followed.plan_start_date is not null then 'plan'
        -- a plan may still come by either window
        when followed.is_conference_recent or followed.is_section_47_recent then 'too_recent'
        else 'none'
    end as step_2,
    cast({{ age_at('child.birth_month', 'followed.start_date') }} as integer) as age_at_section_47,
    cast({{ age_at('child.birth_month', 'followed.following_conference_date') }} as integer) as age_at_conference,
    cast({{ age_at('child.birth_month', 'followed.plan_start_date') }} as integer) as age_at_plan,
    coalesce(child.sex, 'U') as sex,
    coalesce(child.ethnic_group, 'Unknown') as ethnic_group,
    followed.is_conference_not_required,
    coalesce(followed.conference_date < followed.start_date, false) as is_conference_before_section_47,
    followed.is_left_censored,
    followed.observed_until_date
from followed
left join {{ ref('ref_collection_year') }} as collection_year
    on followed.start_date between collection_year.period_start and collection_year.period_end
left join child on followed.child_key = child.child_key
