-- One row per child protection plan: whether it is a repeat, and how long it lasted.
with time_window as (

    select
        max(case when window_name = 'plan_again' then length end) as repeat_months,
        max(case when window_name = 'open_for_two_years' then length end) as long_days,
        max(case when window_name = 'plan_ended_early' then length end) as short_days
    from {{ ref('config_window') }}

),

plan as (

    select * from {{ ref('fct_child_protection_plan_spell') }}

),

-- another plan of the child in the authority that ended before this one began
again as (

    select
        plan.child_protection_plan_spell_key,
        max(earlier.end_date) as last_end_date
    from plan
    inner join plan as earlier
        on
            plan.child_key = earlier.child_key
            and plan.la_code = earlier.la_code
            and plan.start_date > earlier.end_date
    group by plan.child_protection_plan_spell_key

)

select
    plan.child_protection_plan_spell_key,
    plan.child_key,
    plan.la_code,
    plan.start_date,
    plan.end_date,
    -- a code no list knows counts as none, so that the codes sum to the total
    case when initial.code is not null then plan.initial_category_code else 'unknown' end as initial_category_of_abuse,
    case when latest.code is not null then plan.latest_category_code else 'unknown' end as latest_category_of_abuse,
    coalesce(plan.n_previous_plans >= 1, false) as is_repeat,
    coalesce(
        again.last_end_date >= {{ months_later('plan.start_date', '-time_window.repeat_months') }}, false
    ) as is_repeat_within_two_years,
    coalesce(plan.n_previous_plans >= 1, false) or again.last_end_date is not null as is_second_or_later,
    plan.end_date is not null and plan.duration_days >= time_window.long_days as has_ended_after_two_years,
    plan.end_date is not null and plan.duration_days <= time_window.short_days as has_ended_early,
    duration_band.duration_band as ended_duration_band
from plan
cross join time_window
left join again on plan.child_protection_plan_spell_key = again.child_protection_plan_spell_key
left join {{ ref('code_category_of_abuse') }} as initial on plan.initial_category_code = initial.code
left join {{ ref('code_category_of_abuse') }} as latest on plan.latest_category_code = latest.code
left join {{ ref('config_duration_band') }} as duration_band
    on
        duration_band.band_set = 'days'
        and plan.end_date is not null
        and plan.duration_days >= duration_band.minimum
        and plan.duration_days <= coalesce(duration_band.maximum, 99999)
