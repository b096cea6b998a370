-- One row per child on a child protection plan and counting day: reviews on time, long plans, signs before care.
with time_window as (

    select
        max(case when window_name = 'open_for_two_years' then length end) as long_days,
        max(case when window_name = 'first_review' then length end) as first_review_days,
        max(case when window_name = 'next_review' then length end) as next_review_days,
        max(case when window_name = 'edge_of_care_open' then length end) as edge_open_months,
        max(case when window_name = 'edge_of_care_look_back' then length end) as edge_look_back_months,
        max(case when window_name = 'edge_of_care_referrals' then length end) as edge_referrals,
        max(case when window_name = 'edge_of_care_signs' then length end) as edge_signs
    from {{ ref('config_window') }}

),

open_plan as (

    select * from {{ ref('int_measure__children_in_need_snapshot') }}
    where state = 'child_protection_plan'

),

-- each return holds the reviews of its own year: those of all returns of the plan, with the days since the one before
review as (

    select
        child_protection_plan_spell_key,
        review_date,
        {{ days_between(
            'lag(review_date) over (partition by child_protection_plan_spell_key order by review_date)', 'review_date'
        ) }} as days_since_review
    from {{ ref('fct_child_protection_plan_review') }}

),

reviewed as (

    select
        open_plan.child_key,
        open_plan.period_end,
        min({{ days_between('open_plan.start_date', 'review.review_date') }}) as days_to_first_review,
        max(review.days_since_review) as longest_days_between_reviews,
        min({{ days_between('review.review_date', 'open_plan.period_end') }}) as days_since_last_review
    from open_plan
    inner join review
        on
            open_plan.spell_key = review.child_protection_plan_spell_key
            and open_plan.period_end >= review.review_date
    group by open_plan.child_key, open_plan.period_end

),

referral_count as (

    select
        open_plan.child_key,
        open_plan.period_end,
        count(*) as n_referrals
    from open_plan
    cross join time_window
    inner join {{ ref('fct_referral_spell') }} as referral
        on
            open_plan.child_key = referral.child_key
            and open_plan.period_end >= referral.start_date
            and {{ months_later('open_plan.period_end', '-time_window.edge_look_back_months') }} < referral.start_date
    group by open_plan.child_key, open_plan.period_end

),

-- a period of care that was over by the day; the returns may number the child apart, so it is found by the person
been_in_care as (

    select distinct
        open_plan.child_key,
        open_plan.period_end
    from open_plan
    inner join {{ ref('fct_care_period') }} as care_period
        on
            open_plan.la_code = care_period.la_code
            and open_plan.person_key = care_period.person_key
            and open_plan.period_end >= care_period.end_effective_date

),

described as (

    select
        open_plan.*,
        plan.latest_category_of_abuse,
        plan.is_second_or_later,
        open_plan.days_open >= time_window.long_days as is_open_for_two_years,
        open_plan.days_open > time_window.first_review_days as is_review_due,
        -- how early the first review of a plan from before the first return was, nobody can tell
        coalesce(
            (
                spell.is_left_censored
                or reviewed.days_to_first_review <= time_window.first_review_days
            )
            and coalesce(reviewed.longest_days_between_reviews, 0) <= time_window.next_review_days
            and reviewed.days_since_last_review <= time_window.next_review_days,
            false
        ) as is_reviewed_on_time,
        {{ months_later('open_plan.start_date', 'time_window.edge_open_months') }} <= open_plan.period_end
            as is_open_for_long,
        been_in_care.child_key is not null as has_been_in_care,
        coalesce(referral_count.n_referrals, 0) >= time_window.edge_referrals as is_referred_repeatedly,
        time_window.edge_signs
    from open_plan
    cross join time_window
    inner join {{ ref('int_measure__child_protection_plan') }} as plan
        on open_plan.spell_key = plan.child_protection_plan_spell_key
    inner join {{ ref('fct_child_protection_plan_spell') }} as spell
        on open_plan.spell_key = spell.child_protection_plan_spell_key
    left join reviewed
        on open_plan.child_key = reviewed.child_key and open_plan.period_end = reviewed.period_end
    left join referral_count
        on open_plan.child_key = referral_count.child_key and open_plan.period_end = referral_count.period_end
    left join been_in_care
        on open_plan.child_key = been_in_care.child_key and open_plan.period_end = been_in_care.period_end

)

select
    child_key,
    person_key,
    la_code,
    period_end,
    collection_year,
    spell_key as child_protection_plan_spell_key,
    start_date,
    days_open,
    age_band_cin,
    age_band_adolescent,
    sex,
    ethnicity_code,
    ethnic_group,
    disability,
    latest_category_of_abuse,
    is_open_for_two_years,
    is_review_due,
    is_review_due and is_reviewed_on_time as is_reviewed_on_time,
    is_second_or_later,
    is_open_for_long,
    has_been_in_care,
    is_referred_repeatedly,
    case when is_second_or_later then 1 else 0 end
    + case when is_open_for_long then 1 else 0 end
    + case when has_been_in_care then 1 else 0 end
    + case when is_referred_repeatedly then 1 else 0 end
    >= edge_signs as is_at_edge_of_care
from described
