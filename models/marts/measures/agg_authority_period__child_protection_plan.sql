-- One row per measure of child protection plans, authority, period and breakdown value.
with plan as (

    select
        event.la_code,
        event.event_type,
        event.quarter_end_date,
        event.year_end_date,
        event.age_band_cin,
        event.sex,
        event.ethnic_group,
        event.disability,
        plan.is_repeat,
        plan.is_repeat_within_two_years,
        plan.has_ended_after_two_years,
        plan.has_ended_early,
        -- a breakdown of starts, and one of ends
        case when event.event_type = 'child_protection_plan_started' then plan.initial_category_of_abuse end
            as initial_category_of_abuse,
        case when event.event_type = 'child_protection_plan_ended' then plan.ended_duration_band end as duration_band
    from {{ ref('int_measure__children_in_need_event') }} as event
    inner join {{ ref('int_measure__child_protection_plan') }} as plan
        on event.event_key = plan.child_protection_plan_spell_key
    where event.event_type in ('child_protection_plan_started', 'child_protection_plan_ended')

),

plan_broken_down as (

    {{ by_breakdown('plan', [
        'age_band_cin', 'sex', 'ethnic_group', 'disability', 'initial_category_of_abuse', 'duration_band'
    ]) }}

),

of_quarter as (

    select
        la_code,
        quarter_end_date,
        year_end_date,
        breakdown,
        breakdown_value,
        count(*) filter (where event_type = 'child_protection_plan_started') as n_started,
        count(*) filter (where event_type = 'child_protection_plan_started' and is_repeat) as n_repeat,
        count(*) filter (where event_type = 'child_protection_plan_started' and is_repeat_within_two_years)
            as n_repeat_within_two_years,
        count(*) filter (where event_type = 'child_protection_plan_ended') as n_ended,
        count(*) filter (where event_type = 'child_protection_plan_ended' and has_ended_after_two_years)
            as n_ended_after_two_years,
        count(*) filter (where event_type = 'child_protection_plan_ended' and has_ended_early) as n_ended_early
    from plan_broken_down
    group by la_code, quarter_end_date, year_end_date, breakdown, breakdown_value

),

child as (

    select * from {{ ref('int_measure__child_protection_plan_open') }}

),

child_broken_down as (

    {{ by_breakdown('child', ['age_band_cin', 'sex', 'ethnic_group', 'disability', 'latest_category_of_abuse']) }}

),

of_snapshot as (

    select
        la_code,
        'snapshot' as period_type,
        period_end,
        breakdown,
        breakdown_value,
        count(*) as n_open,
        count(*) filter (where is_open_for_two_years) as n_open_for_two_years,
        count(*) filter (where is_review_due) as n_review_due,
        count(*) filter (where is_reviewed_on_time) as n_reviewed_on_time,
        count(*) filter (where is_at_edge_of_care) as n_at_edge_of_care
    from child_broken_down
    group by la_code, period_end, breakdown, breakdown_value

),

of_period as (

    select
        la_code,
        'quarter' as period_type,
        quarter_end_date as period_end,
        breakdown,
        breakdown_value,
        n_started,
        n_repeat,
        n_repeat_within_two_years,
        n_ended,
        n_ended_after_two_years,
        n_ended_early
    from of_quarter

    union all

    select
        la_code,
        'year' as period_type,
        year_end_date as period_end,
        breakdown,
        breakdown_value,
        sum(n_started) as n_started,
        sum(n_repeat) as n_repeat,
        sum(n_repeat_within_two_years) as n_repeat_within_two_years,
        sum(n_ended) as n_ended,
        sum(n_ended_after_two_years) as n_ended_after_two_years,
        sum(n_ended_early) as n_ended_early
    from of_quarter
    group by la_code, year_end_date, breakdown, breakdown_value

),

time_window as (

    select
        max(case when window_name = 'plan_again' then length end) as plan_again_months,
        max(case when window_name = 'edge_of_care_look_back' then length end) as edge_look_back_months
    from {{ ref('config_window') }}

),

cell as (

    select
        cell.*,
        -- from when on the returns tell everything without a gap: a window must lie inside
        case cell.metric_id
            when 'cpp_repeat_2years_pct'
                then
                    known_year.period_start
                    <= {{ months_later('cell.period_start', '-time_window.plan_again_months') }}
            when 'edge_of_care_risk_share_pct'
                then
                    known_year.period_start
                    <= {{ days_later(months_later('cell.period_end', '-time_window.edge_look_back_months'), 1) }}
            else true
        end as is_known
    from {{ ref('int_measure__cell') }} as cell
    cross join time_window
    inner join {{ ref('ref_collection_year') }} as known_year
        on cell.collection_year - cell.n_years_before = known_year.collection_year
    where
        cell.metric_id in (
            'cpp_started_count', 'cpp_ended_count', 'cpp_repeat_ever_pct', 'cpp_repeat_2years_pct',
            'cpp_ended_2years_pct', 'cpp_ended_under_3months_pct', 'cpp_ended_duration_band_pct', 'cpp_open_count',
            'cpp_open_2years_pct', 'cpp_reviews_on_time_pct', 'cpp_category_pct', 'edge_of_care_risk_share_pct'
        )

),

counted as (

    select
        cell.*,
        case cell.metric_id
            when 'cpp_started_count' then of_period.n_started
            when 'cpp_ended_count' then of_period.n_ended
            when 'cpp_repeat_ever_pct' then of_period.n_repeat
            when 'cpp_repeat_2years_pct' then of_period.n_repeat_within_two_years
            when 'cpp_ended_2years_pct' then of_period.n_ended_after_two_years
            when 'cpp_ended_under_3months_pct' then of_period.n_ended_early
            when 'cpp_ended_duration_band_pct' then of_period.n_ended
            when 'cpp_open_count' then of_snapshot.n_open
            when 'cpp_open_2years_pct' then of_snapshot.n_open_for_two_years
            when 'cpp_reviews_on_time_pct' then of_snapshot.n_reviewed_on_time
            when 'cpp_category_pct' then of_snapshot.n_open
            when 'edge_of_care_risk_share_pct' then of_snapshot.n_at_edge_of_care
        end as n_counted,
        case
            when cell.metric_id in ('cpp_repeat_ever_pct', 'cpp_repeat_2years_pct') then of_period.n_started
            when cell.metric_id in ('cpp_ended_2years_pct', 'cpp_ended_under_3months_pct') then of_period.n_ended
            when cell.metric_id in ('cpp_open_2years_pct', 'edge_of_care_risk_share_pct') then of_snapshot.n_open
            when cell.metric_id = 'cpp_reviews_on_time_pct' then of_snapshot.n_review_due
            -- a band is a share of them all
            when cell.metric_id = 'cpp_ended_duration_band_pct' then whole_period.n_ended
            when cell.metric_id = 'cpp_category_pct' then whole_snapshot.n_open
        end as n_counted_among
    from cell
    left join of_period
        on
            cell.la_code = of_period.la_code
            and cell.period_type = of_period.period_type
            and cell.period_end = of_period.period_end
            and cell.breakdown = of_period.breakdown
            and cell.breakdown_value = of_period.breakdown_value
    left join of_period as whole_period
        on
            cell.la_code = whole_period.la_code
            and cell.period_type = whole_period.period_type
            and cell.period_end = whole_period.period_end
            and whole_period.breakdown = 'total'
    left join of_snapshot
        on
            cell.la_code = of_snapshot.la_code
            and cell.period_type = of_snapshot.period_type
            and cell.period_end = of_snapshot.period_end
            and cell.breakdown = of_snapshot.breakdown
            and cell.breakdown_value = of_snapshot.breakdown_value
    left join of_snapshot as whole_snapshot
        on
            cell.la_code = whole_snapshot.la_code
            and cell.period_type = whole_snapshot.period_type
            and cell.period_end = whole_snapshot.period_end
            and whole_snapshot.breakdown = 'total'

)

select
    metric_id,
    la_code,
    period_type,
    period_end,
    breakdown,
    breakdown_value,
    cast(case when is_known then coalesce(n_counted, 0) end as bigint) as numerator,
    cast(
        case when is_known and metric_id like '%_pct' then coalesce(n_counted_among, 0) end as bigint
    ) as denominator
from counted
