-- Children and referrals aged 10 to 17, counted for the rates of the adolescent dashboard: no measures of their own.
with adolescent as (

    select
        'adolescent_referrals_rate' as metric_id,
        la_code,
        'year' as period_type,
        year_end_date as period_end,
        age_band_adolescent,
        sex,
        ethnic_group
    from {{ ref('int_measure__children_in_need_event') }}
    where event_type = 'referral' and age_band_adolescent <> 'other'

    union all

    select
        case state when 'child_in_need' then 'adolescent_cin_rate' else 'adolescent_cpp_rate' end as metric_id,
        la_code,
        'snapshot' as period_type,
        period_end,
        age_band_adolescent,
        sex,
        ethnic_group
    from {{ ref('int_measure__children_in_need_snapshot') }}
    where state in ('child_in_need', 'child_protection_plan') and age_band_adolescent <> 'other'

    union all

    -- a child who starts twice in a year counts once
    select
        'adolescent_cla_started_rate' as metric_id,
        la_code,
        'year' as period_type,
        period_end,
        age_band_adolescent,
        sex,
        ethnic_group
    from {{ ref('int_measure__looked_after_start') }}
    -- the catalogue leaves unaccompanied children out
    where period_type = 'year' and is_first_in_period and uasc = 'no' and age_band_adolescent <> 'other'

),

broken_down as (

    {{ by_breakdown('adolescent', ['age_band_adolescent', 'sex', 'ethnic_group']) }}

)

select
    metric_id,
    la_code,
    period_type,
    period_end,
    breakdown,
    breakdown_value,
    count(*) as n_counted
from broken_down
group by metric_id, la_code, period_type, period_end, breakdown, breakdown_value
