-- One row per measure of section 47 enquiries and initial conferences, authority, period and breakdown value.
with section_47 as (

    select
        event.la_code,
        event.quarter_end_date,
        event.year_end_date,
        event.age_band_cin,
        event.sex,
        event.ethnic_group,
        event.disability,
        cast(null as varchar) as wd_band,
        1 as n_enquiries,
        case when enquiry.is_old_enough_to_tell then 1 else 0 end as n_enquiries_to_tell,
        case when enquiry.is_old_enough_to_tell and enquiry.is_without_conference_or_plan then 1 else 0 end
            as n_without_conference,
        0 as n_conferences,
        0 as n_timed,
        0 as n_on_time,
        0 as n_conferences_to_tell,
        0 as n_followed_by_plan
    from {{ ref('int_measure__children_in_need_event') }} as event
    inner join {{ ref('int_measure__section_47') }} as enquiry on event.event_key = enquiry.section_47_spell_key
    where event.event_type = 'section_47'

),

conference as (

    select
        event.la_code,
        event.quarter_end_date,
        event.year_end_date,
        event.age_band_cin,
        event.sex,
        event.ethnic_group,
        event.disability,
        conference.wd_band,
        0 as n_enquiries,
        0 as n_enquiries_to_tell,
        0 as n_without_conference,
        1 as n_conferences,
        case when conference.working_days is not null then 1 else 0 end as n_timed,
        case when conference.is_on_time then 1 else 0 end as n_on_time,
        case when conference.is_old_enough_to_tell then 1 else 0 end as n_conferences_to_tell,
        case when conference.is_old_enough_to_tell and conference.is_followed_by_plan then 1 else 0 end
            as n_followed_by_plan
    from {{ ref('int_measure__children_in_need_event') }} as event
    inner join {{ ref('int_measure__conference') }} as conference on event.event_key = conference.conference_spell_key
    where event.event_type = 'conference'

),

either as (

    select * from section_47
    union all
    select * from conference

),

broken_down as (

    {{ by_breakdown('either', ['age_band_cin', 'sex', 'ethnic_group', 'disability', 'wd_band']) }}

),

of_quarter as (

    select
        la_code,
        quarter_end_date,
        year_end_date,
        breakdown,
        breakdown_value,
        sum(n_enquiries) as n_enquiries,
        sum(n_enquiries_to_tell) as n_enquiries_to_tell,
        sum(n_without_conference) as n_without_conference,
        sum(n_conferences) as n_conferences,
        sum(n_timed) as n_timed,
        sum(n_on_time) as n_on_time,
        sum(n_conferences_to_tell) as n_conferences_to_tell,
        sum(n_followed_by_plan) as n_followed_by_plan
    from broken_down
    group by la_code, quarter_end_date, year_end_date, breakdown, breakdown_value

),

of_period as (

    select
        la_code,
        'quarter' as period_type,
        quarter_end_date as period_end,
        breakdown,
        breakdown_value,
        n_enquiries,
        n_enquiries_to_tell,
        n_without_conference,
        n_conferences,
        n_timed,
        n_on_time,
        n_conferences_to_tell,
        n_followed_by_plan
    from of_quarter

    union all

    select
        la_code,
        'year' as period_type,
        year_end_date as period_end,
        breakdown,
        breakdown_value,
        sum(n_enquiries) as n_enquiries,
        sum(n_enquiries_to_tell) as n_enquiries_to_tell,
        sum(n_without_conference) as n_without_conference,
        sum(n_conferences) as n_conferences,
        sum(n_timed) as n_timed,
        sum(n_on_time) as n_on_time,
        sum(n_conferences_to_tell) as n_conferences_to_tell,
        sum(n_followed_by_plan) as n_followed_by_plan
    from of_quarter
    group by la_code, year_end_date, breakdown, breakdown_value

),

cell as (

    select * from {{ ref('int_measure__cell') }}
    where
        metric_id in (
            's47_count', 's47_no_icpc_pct', 'icpc_count', 'icpc_15wd_pct', 'icpc_wd_band_pct', 'icpc_to_cpp_pct'
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
                when 's47_count' then of_period.n_enquiries
                when 's47_no_icpc_pct' then of_period.n_without_conference
                when 'icpc_count' then of_period.n_conferences
                when 'icpc_15wd_pct' then of_period.n_on_time
                when 'icpc_wd_band_pct' then of_period.n_timed
                when 'icpc_to_cpp_pct' then of_period.n_followed_by_plan
            end,
            0
        ) as bigint
    ) as numerator,
    cast(
        case cell.metric_id
            when 's47_no_icpc_pct' then coalesce(of_period.n_enquiries_to_tell, 0)
            when 'icpc_15wd_pct' then coalesce(of_period.n_timed, 0)
            when 'icpc_to_cpp_pct' then coalesce(of_period.n_conferences_to_tell, 0)
            -- a band is a share of them all
            when 'icpc_wd_band_pct' then coalesce(whole.n_timed, 0)
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
