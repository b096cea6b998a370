-- One row per measure of assessments and their time, authority, period and breakdown value.
with assessment as (

    select
        event.la_code,
        event.quarter_end_date,
        event.year_end_date,
        event.age_band_cin,
        event.sex,
        event.ethnic_group,
        event.disability,
        timed.duration_band,
        1 as n_completed,
        case when timed.assessment_key is not null then 1 else 0 end as n_timed,
        case when timed.is_on_time then 1 else 0 end as n_on_time,
        0 as n_first,
        0 as n_first_on_time
    from {{ ref('int_measure__children_in_need_event') }} as event
    left join {{ ref('int_measure__assessment') }} as timed on event.event_key = timed.assessment_key
    where event.event_type = 'assessment'

),

time_window as (

    select max(case when window_name = 'assessment_on_time' then length end) as working_days
    from {{ ref('config_window') }}

),

calendar as (

    select * from {{ ref('int_calendar__working_day') }}

),

-- from the referral to its first completed assessment
first_assessment as (

    select
        event.la_code,
        event.quarter_end_date,
        event.year_end_date,
        event.age_band_cin,
        event.sex,
        event.ethnic_group,
        event.disability,
        cast(null as varchar) as duration_band,
        0 as n_completed,
        0 as n_timed,
        0 as n_on_time,
        1 as n_first,
        case
            when authorised.working_day_number - referred.working_day_number <= time_window.working_days then 1
            else 0
        end as n_first_on_time
    from {{ ref('int_measure__children_in_need_event') }} as event
    cross join time_window
    inner join {{ ref('fct_referral_spell') }} as referral on event.event_key = referral.referral_spell_key
    inner join calendar as referred on referral.start_date = referred.calendar_date
    inner join calendar as authorised on event.event_date = authorised.calendar_date
    where event.event_type = 'first_assessment'

),

either as (

    select * from assessment
    union all
    select * from first_assessment

),

broken_down as (

    {{ by_breakdown('either', ['age_band_cin', 'sex', 'ethnic_group', 'disability', 'duration_band']) }}

),

of_quarter as (

    select
        la_code,
        quarter_end_date,
        year_end_date,
        breakdown,
        breakdown_value,
        sum(n_completed) as n_completed,
        sum(n_timed) as n_timed,
        sum(n_on_time) as n_on_time,
        sum(n_first) as n_first,
        sum(n_first_on_time) as n_first_on_time
    from broken_down
    group by la_code, quarter_end_date, year_end_date, breakdown, breakdown_value

),

-- Still open after 45 working days, on the counting day: of a case that is open, and not lost from the returns.
open_for_long as (

    select
        assessment.la_code,
        snapshot.period_end,
        count(*) as n_open_for_long
    from {{ ref('fct_assessment_spell') }} as assessment
    cross join time_window
    inner join {{ ref('fct_referral_spell') }} as referral
        on assessment.referral_spell_key = referral.referral_spell_key
    inner join {{ ref('int_measure__period') }} as snapshot
        on
            assessment.la_code = snapshot.la_code
            and snapshot.dataset = 'cin_census'
            and snapshot.period_type = 'snapshot'
            and {{ is_open_at('assessment.start_date', 'assessment.end_effective_date', 'snapshot.period_end') }}
            and {{ is_open_at('referral.start_date', 'referral.end_effective_date', 'snapshot.period_end') }}
    inner join calendar as started on assessment.start_date = started.calendar_date
    inner join calendar as counted on snapshot.period_end = counted.calendar_date
    where counted.working_day_number - started.working_day_number > time_window.working_days
    group by assessment.la_code, snapshot.period_end

),

of_period as (

    select
        la_code,
        'quarter' as period_type,
        quarter_end_date as period_end,
        breakdown,
        breakdown_value,
        n_completed,
        n_timed,
        n_on_time,
        n_first,
        n_first_on_time,
        0 as n_open_for_long
    from of_quarter

    union all

    select
        la_code,
        'year' as period_type,
        year_end_date as period_end,
        breakdown,
        breakdown_value,
        sum(n_completed) as n_completed,
        sum(n_timed) as n_timed,
        sum(n_on_time) as n_on_time,
        sum(n_first) as n_first,
        sum(n_first_on_time) as n_first_on_time,
        0 as n_open_for_long
    from of_quarter
    group by la_code, year_end_date, breakdown, breakdown_value

    union all

    select
        la_code,
        'snapshot' as period_type,
        period_end,
        'total' as breakdown,
        'total' as breakdown_value,
        0 as n_completed,
        0 as n_timed,
        0 as n_on_time,
        0 as n_first,
        0 as n_first_on_time,
        n_open_for_long
    from open_for_long

),

cell as (

    select * from {{ ref('int_measure__cell') }}
    where
        metric_id in (
            'assessments_completed_count', 'assessments_45wd_pct', 'assessments_45wd_from_referral_pct',
            'assessment_duration_band_pct', 'assessments_open_over_45wd_count'
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
        coalesce(
            case cell.metric_id
                when 'assessments_completed_count' then of_period.n_completed
                when 'assessments_45wd_pct' then of_period.n_on_time
                when 'assessments_45wd_from_referral_pct' then of_period.n_first_on_time
                when 'assessment_duration_band_pct' then of_period.n_timed
                when 'assessments_open_over_45wd_count' then of_period.n_open_for_long
            end,
            0
        ) as bigint
    ) as numerator,
    cast(
        case cell.metric_id
            when 'assessments_45wd_pct' then coalesce(of_period.n_timed, 0)
            when 'assessments_45wd_from_referral_pct' then coalesce(of_period.n_first, 0)
            -- a band is a share of them all
            when 'assessment_duration_band_pct' then coalesce(whole.n_timed, 0)
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
