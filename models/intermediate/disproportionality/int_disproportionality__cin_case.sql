-- Who was at each stage of help and protection in a year and, in conditional mode, who could have come to it: one row
-- per event, or per child of a stock, from the CIN census.
with stage_period as (

    select
        stage_period.*,
        time_window.length as window_length,
        time_window.unit as window_unit
    from {{ ref('int_disproportionality__stage_period') }} as stage_period
    inner join {{ ref('config_rri_stage') }} as stage
        on stage_period.stage = stage.stage and stage_period.mode = stage.mode
    left join {{ ref('config_window') }} as time_window on stage.window_name = time_window.window_name

),

event_of_year as (

    select
        event.stage,
        event.mode,
        event.la_code,
        event.child_key,
        event.event_date,
        event.next_date,
        stage_period.collection_year,
        greatest(stage_period.observed_until_date, coalesce(last_told.observed_until_date, event.event_date))
            as observed_until_date,
        -- the last day on which the next step still counts; null where the catalogue sets no time
        case stage_period.window_unit
            when 'day' then cast(event.event_date + stage_period.window_length * interval 1 day as date)
            when 'month' then cast(event.event_date + stage_period.window_length * interval 1 month as date)
        end as window_end_date
    from {{ ref('int_disproportionality__cin_event') }} as event
    inner join stage_period
        on
            event.stage = stage_period.stage
            and event.mode = stage_period.mode
            and event.la_code = stage_period.la_code
            and event.event_date between stage_period.period_start and stage_period.period_end
    -- an event that a census after a gap tells of again can be followed from there
    left join stage_period as last_told
        on
            event.stage = last_told.stage
            and event.mode = last_told.mode
            and event.la_code = last_told.la_code
            and event.last_return_year = last_told.collection_year

),

-- timelines.md 5: an event whose time is not over by then is too recent to tell
flow as (

    select
        stage,
        mode,
        la_code,
        collection_year,
        child_key,
        event_date as as_of_date,
        case
            when mode = 'population' then true
            when window_end_date is null then next_date is not null
            else coalesce(next_date <= window_end_date, false)
        end as is_at_stage
    from event_of_year
    where window_end_date is null or window_end_date <= observed_until_date

),

-- distinct children on the last day: a child with two open spells counts once
stock as (

    select distinct
        stage_period.stage,
        stage_period.mode,
        stage_period.la_code,
        stage_period.collection_year,
        referral.child_key,
        stage_period.period_end as as_of_date,
        true as is_at_stage
    from stage_period
    inner join {{ ref('fct_referral_spell') }} as referral
        on
            stage_period.la_code = referral.la_code
            and {{ is_open_at('referral.start_date', 'referral.end_effective_date', 'stage_period.period_end') }}
    where stage_period.stage = 'child_in_need_open' and not coalesce(referral.is_no_further_action, false)

    union all

    select distinct
        stage_period.stage,
        stage_period.mode,
        stage_period.la_code,
        stage_period.collection_year,
        plan.child_key,
        stage_period.period_end as as_of_date,
        true as is_at_stage
    from stage_period
    inner join {{ ref('fct_child_protection_plan_spell') }} as plan
        on
            stage_period.la_code = plan.la_code
            and {{ is_open_at('plan.start_date', 'plan.end_effective_date', 'stage_period.period_end') }}
    where stage_period.stage = 'plan_open'

),

at_risk as (

    select * from flow

    union all

    select * from stock

)

select
    at_risk.stage,
    at_risk.mode,
    at_risk.la_code,
    at_risk.collection_year,
    at_risk.child_key,
    at_risk.is_at_stage,
    cast(null as boolean) as is_uasc,
    coalesce(child.sex, 'U') as sex,
    coalesce({{ age_band_at('cin', 'child.birth_month', 'at_risk.as_of_date') }}, 'unknown') as age_band,
    coalesce(child.ethnic_group, 'Unknown') as ethnic_group,
    child.ethnicity_code
from at_risk
left join {{ ref('int_measure__child') }} as child
    on at_risk.child_key = child.child_key and child.return_name = 'cin_census'
