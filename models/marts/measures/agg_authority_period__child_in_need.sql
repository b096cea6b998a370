-- One row per measure of children in need and their plans, authority, period and breakdown value.
with case_in_need as (

    select
        event.la_code,
        event.event_type,
        event.quarter_end_date,
        event.year_end_date,
        event.age_band_cin,
        event.sex,
        event.ethnic_group,
        event.disability,
        case when event.event_type = 'child_in_need_ended' then referral.reason_for_closure end as reason_for_closure,
        case when event.event_type = 'child_in_need_ended' then referral.ended_duration_band end as duration_band
    from {{ ref('int_measure__children_in_need_event') }} as event
    inner join {{ ref('int_measure__referral') }} as referral on event.event_key = referral.referral_spell_key
    where
        event.event_type in ('referral', 'child_in_need_ended', 'child_in_need_in_year')
        and not referral.is_no_further_action

),

case_broken_down as (

    {{ by_breakdown('case_in_need', [
        'age_band_cin', 'sex', 'ethnic_group', 'disability', 'reason_for_closure', 'duration_band'
    ]) }}

),

of_quarter as (

    select
        la_code,
        quarter_end_date,
        year_end_date,
        breakdown,
        breakdown_value,
        count(*) filter (where event_type = 'referral') as n_started,
        count(*) filter (where event_type = 'child_in_need_ended') as n_ended,
        count(*) filter (where event_type = 'child_in_need_in_year') as n_in_year
    from case_broken_down
    group by la_code, quarter_end_date, year_end_date, breakdown, breakdown_value

),

time_window as (

    select max(case when window_name = 'open_for_two_years' then length end) as long_days
    from {{ ref('config_window') }}

),

-- children by the day; a code or duration is that of the open case that started last
child as (

    select
        child.la_code,
        child.period_end,
        child.age_band_cin,
        child.sex,
        child.ethnic_group,
        child.disability,
        referral.primary_need,
        duration_band.duration_band,
        child.days_open >= time_window.long_days as is_open_for_two_years,
        false as is_on_plan
    from {{ ref('int_measure__children_in_need_snapshot') }} as child
    cross join time_window
    inner join {{ ref('int_measure__referral') }} as referral on child.spell_key = referral.referral_spell_key
    inner join {{ ref('config_duration_band') }} as duration_band
        on
            duration_band.band_set = 'days'
            and child.days_open >= duration_band.minimum
            and child.days_open <= coalesce(duration_band.maximum, 99999)
    where child.state = 'child_in_need'

    union all

    -- a plan counts where the child is neither on a child protection plan nor looked after
    select
        la_code,
        period_end,
        age_band_cin,
        sex,
        ethnic_group,
        disability,
        cast(null as varchar) as primary_need,
        cast(null as varchar) as duration_band,
        false as is_open_for_two_years,
        true as is_on_plan
    from {{ ref('int_measure__child_in_need_plan_open') }}
    where not is_on_child_protection_plan and not is_looked_after

),

child_broken_down as (

    {{ by_breakdown('child', ['age_band_cin', 'sex', 'ethnic_group', 'disability', 'primary_need', 'duration_band']) }}

),

of_period as (

    select
        la_code,
        'quarter' as period_type,
        quarter_end_date as period_end,
        breakdown,
        breakdown_value,
        n_started,
        n_ended,
        n_in_year,
        0 as n_open,
        0 as n_open_for_two_years,
        0 as n_disabled,
        0 as n_on_plan
    from of_quarter

    union all

    select
        la_code,
        'year' as period_type,
        year_end_date as period_end,
        breakdown,
        breakdown_value,
        sum(n_started) as n_started,
        sum(n_ended) as n_ended,
        sum(n_in_year) as n_in_year,
        0 as n_open,
        0 as n_open_for_two_years,
        0 as n_disabled,
        0 as n_on_plan
    from of_quarter
    group by la_code, year_end_date, breakdown, breakdown_value

    union all

    select
        la_code,
        'snapshot' as period_type,
        period_end,
        breakdown,
        breakdown_value,
        0 as n_started,
        0 as n_ended,
        0 as n_in_year,
        count(*) filter (where not is_on_plan) as n_open,
        count(*) filter (where not is_on_plan and is_open_for_two_years) as n_open_for_two_years,
        count(*) filter (where not is_on_plan and disability = 'yes') as n_disabled,
        count(*) filter (where is_on_plan) as n_on_plan
    from child_broken_down
    group by la_code, period_end, breakdown, breakdown_value

),

cell as (

    select
        cell.*,
        -- before the year a code or module came into use nothing can be known of it
        cell.collection_year >= coalesce(first_year.first_year, 0) as is_known
    from {{ ref('int_measure__cell') }} as cell
    left join {{ ref('config_measure_first_year') }} as first_year on cell.metric_id = first_year.metric_id
    where
        cell.metric_id in (
            'cin_started_count', 'cin_ended_count', 'cin_episodes_year_count', 'cin_ended_duration_band_pct',
            'cin_open_count', 'cin_open_2years_pct', 'cin_open_duration_band_pct', 'cin_primary_need_pct',
            'cin_disability_pct', 'cin_plans_open_count'
        )

)

select
    cell.metric_id,
    cell.la_code,
    cell.period_type,
    cell.period_end,
    cell.breakdown,
    cell.breakdown_value,
    cast(
        case
            when cell.is_known
                then coalesce(
                    case cell.metric_id
                        when 'cin_started_count' then of_period.n_started
                        when 'cin_ended_count' then of_period.n_ended
                        when 'cin_episodes_year_count' then of_period.n_in_year
                        when 'cin_ended_duration_band_pct' then of_period.n_ended
                        when 'cin_open_count' then of_period.n_open
                        when 'cin_open_2years_pct' then of_period.n_open_for_two_years
                        when 'cin_open_duration_band_pct' then of_period.n_open
                        when 'cin_primary_need_pct' then of_period.n_open
                        when 'cin_disability_pct' then of_period.n_disabled
                        when 'cin_plans_open_count' then of_period.n_on_plan
                    end,
                    0
                )
        end as bigint
    ) as numerator,
    cast(
        case
            when cell.metric_id in ('cin_open_2years_pct', 'cin_disability_pct') then coalesce(of_period.n_open, 0)
            -- a band is a share of them all
            when cell.metric_id in ('cin_open_duration_band_pct', 'cin_primary_need_pct')
                then coalesce(whole.n_open, 0)
            when cell.metric_id = 'cin_ended_duration_band_pct' then coalesce(whole.n_ended, 0)
        end as bigint
    ) as denominator
from cell
left join of_period
    on
        cell.la_code = of_period.la_code
        and cell.period_type = of_period.period_type
        and cell.period_end = of_period.period_end
        and cell.breakdown = of_period.breakdown
        and cell.breakdown_value = of_period.breakdown_value
left join of_period as whole
    on
        cell.la_code = whole.la_code
        and cell.period_type = whole.period_type
        and cell.period_end = whole.period_end
        and whole.breakdown = 'total'
