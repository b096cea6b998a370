-- One row per referral: what the measures of referrals and of cases in need ask of it.
with time_window as (

    select max(case when window_name = 're_referral' then length end) as re_referral_months
    from {{ ref('config_window') }}

),

referral as (

    select
        referral.*,
        -- the natural key is child and date, so the referral before is never of the same day
        lag(referral.start_date) over (
            partition by referral.la_code, referral.child_key order by referral.start_date, referral.referral_spell_key
        ) as start_date_before
    from {{ ref('fct_referral_spell') }} as referral

),

assessed as (

    select distinct referral_spell_key
    from {{ ref('fct_assessment_spell') }}
    where is_authorised

),

code_of_measure as (

    select * from {{ ref('config_measure_code') }}

),

duration_band as (

    select * from {{ ref('config_duration_band') }}
    where band_set = 'days'

)

select
    referral.referral_spell_key,
    referral.child_key,
    referral.la_code,
    referral.start_date,
    -- a code no list knows counts as none, so that the codes sum to the total
    case when source.code is not null then referral.referral_source_code else 'unknown' end as referral_source,
    case when need.code is not null then referral.primary_need_code else 'unknown' end as primary_need,
    -- a case that is never heard of again was closed for a reason nobody told (timelines.md 3)
    case
        when closure.code is not null and coalesce(referral.end_rule_code, '') <> 'LOST'
            then referral.reason_for_closure_code
        else 'unknown'
    end as reason_for_closure,
    coalesce(referral.is_no_further_action, false) as is_no_further_action,
    coalesce(
        referral.start_date_before >= {{ months_later('referral.start_date', '-time_window.re_referral_months') }},
        false
    ) as is_rereferral,
    school.code is not null as is_from_school,
    police.code is not null as is_from_police,
    health.code is not null as is_from_health,
    -- The code list of the return's own year decides whether a reason counts. The catalogue does not say by when the
    -- case must be closed: by the 31 March that ends the year of the referral, as the national statistics have it, who
    -- know no later return. Counting later closures would lower the last year beside all others.
    coalesce(
        not coalesce(referral.is_no_further_action, false)
        and assessed.referral_spell_key is not null
        and not_in_need.code is not null
        and referral.end_date <= year_of_referral.period_end
        and referral.last_return_year between closure.first_year and coalesce(closure.last_year, 9999),
        false
    ) as is_assessed_not_in_need,
    duration_band.duration_band as ended_duration_band
from referral
cross join time_window
left join assessed on referral.referral_spell_key = assessed.referral_spell_key
left join {{ ref('code_referral_source') }} as source on referral.referral_source_code = source.code
left join {{ ref('code_primary_need') }} as need on referral.primary_need_code = need.code
left join {{ ref('code_reason_for_closure') }} as closure on referral.reason_for_closure_code = closure.code
left join {{ ref('ref_collection_year') }} as year_of_referral
    on referral.start_date between year_of_referral.period_start and year_of_referral.period_end
left join code_of_measure as school
    on school.metric_id = 'referrals_source_school_pct' and referral.referral_source_code = school.code
left join code_of_measure as police
    on police.metric_id = 'referrals_source_police_pct' and referral.referral_source_code = police.code
left join code_of_measure as health
    on health.metric_id = 'referrals_source_health_pct' and referral.referral_source_code = health.code
left join code_of_measure as not_in_need
    on
        not_in_need.metric_id = 'referrals_assessed_not_in_need_pct'
        and referral.reason_for_closure_code = not_in_need.code
left join duration_band
    on
        referral.end_date is not null
        and referral.duration_days >= duration_band.minimum
        and referral.duration_days <= coalesce(duration_band.maximum, 99999)
