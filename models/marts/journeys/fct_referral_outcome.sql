-- One row per referral: what it led to within the windows of config_window (pan_london_today.md 2).
with referral as (

    select
        referral.*,
        lag(referral.start_date) over of_child as previous_referral_date,
        lead(referral.start_date) over of_child as next_referral_date
    from {{ ref('fct_referral_spell') }} as referral
    window of_child as (partition by referral.child_key order by referral.start_date, referral.referral_spell_key)

),

time_window as (

    select
        max(case when window_name = 'referral_to_assessment' then length end) as assessment_days,
        max(case when window_name = 'referral_to_section_47' then length end) as section_47_days,
        max(case when window_name = 're_referral' then length end) as re_referral_months
    from {{ ref('config_window') }}

),

-- the first assessment of the same referral that starts inside the window, so that a second one makes no second row
first_assessment as (

    select
        referral.referral_spell_key,
        min(assessment.start_date) as assessment_start_date
    from referral
    cross join time_window
    inner join {{ ref('fct_assessment_spell') }} as assessment
        on
            referral.referral_spell_key = assessment.referral_spell_key
            and {{ days_between('referral.start_date', 'assessment.start_date') }}
            between 0 and time_window.assessment_days
    group by referral.referral_spell_key

),

first_section_47 as (

    select
        referral.referral_spell_key,
        min(section_47.start_date) as section_47_start_date
    from referral
    cross join time_window
    inner join {{ ref('fct_section_47_spell') }} as section_47
        on
            referral.referral_spell_key = section_47.referral_spell_key
            and {{ days_between('referral.start_date', 'section_47.start_date') }}
            between 0 and time_window.section_47_days
    group by referral.referral_spell_key

),

child as (

    select * from {{ ref('int_measure__child') }}
    where return_name = 'cin_census'

)

select
    referral.referral_spell_key,
    referral.child_key,
    referral.person_key,
    referral.la_code,
    collection_year.collection_year,
    referral.start_date as referral_date,
    referral.referral_source_code,
    referral.primary_need_code,
    referral.is_no_further_action,
    first_assessment.assessment_start_date,
    {{ days_between('referral.start_date', 'first_assessment.assessment_start_date') }} as days_to_assessment,
    first_section_47.section_47_start_date,
    {{ days_between('referral.start_date', 'first_section_47.section_47_start_date') }} as days_to_section_47,
    case
        when
            first_assessment.referral_spell_key is not null and first_section_47.referral_spell_key is not null
            then 'both'
        when first_assessment.referral_spell_key is not null then 'S17'
        when first_section_47.referral_spell_key is not null then 'S47'
        else 'none'
    end as outcome,
    -- the last day of the longer window has been seen: from here on the outcome cannot change
    {{ days_between('referral.start_date', 'sent_last.observed_until_date') }}
    >= greatest(time_window.assessment_days, time_window.section_47_days) as is_window_complete,
    referral.previous_referral_date,
    coalesce(
        referral.previous_referral_date
        >= referral.start_date - time_window.re_referral_months * interval 1 month,
        false
    ) as is_re_referral,
    referral.start_date - time_window.re_referral_months * interval 1 month >= sent_first.observed_from_date
        as is_look_back_complete,
    referral.next_referral_date,
    coalesce(
        referral.start_date
        >= referral.next_referral_date - time_window.re_referral_months * interval 1 month,
        false
    ) as is_followed_by_re_referral,
    referral.start_date + time_window.re_referral_months * interval 1 month <= sent_last.observed_until_date
        as is_look_ahead_complete,
    cast({{ age_at('child.birth_month', 'referral.start_date') }} as integer) as age_at_referral,
    cast({{ age_at('child.birth_month', 'first_assessment.assessment_start_date') }} as integer) as age_at_assessment,
    cast({{ age_at('child.birth_month', 'first_section_47.section_47_start_date') }} as integer) as age_at_section_47,
    coalesce(child.sex, 'U') as sex,
    coalesce(child.ethnic_group, 'Unknown') as ethnic_group,
    referral.is_left_censored,
    sent_last.observed_until_date
from referral
cross join time_window
-- the run of returns in which it was first heard of, to look back, and that in which it was last, to look ahead
inner join {{ ref('int_journey__return') }} as sent_first
    on referral.la_code = sent_first.la_code and referral.first_return_year = sent_first.collection_year
inner join {{ ref('int_journey__return') }} as sent_last
    on referral.la_code = sent_last.la_code and referral.last_return_year = sent_last.collection_year
left join first_assessment on referral.referral_spell_key = first_assessment.referral_spell_key
left join first_section_47 on referral.referral_spell_key = first_section_47.referral_spell_key
left join {{ ref('ref_collection_year') }} as collection_year
    on referral.start_date between collection_year.period_start and collection_year.period_end
left join child on referral.child_key = child.child_key
