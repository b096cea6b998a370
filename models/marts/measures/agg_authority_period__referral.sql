-- One row per measure of referrals, authority, period and breakdown value.
with referral as (

    select
        event.la_code,
        event.event_key,
        event.person_key,
        event.event_date,
        event.quarter_end_date,
        event.year_end_date,
        event.age_band_cin,
        event.age_band_adolescent,
        event.sex,
        event.ethnic_group,
        event.disability,
        referral.referral_source,
        referral.primary_need,
        referral.is_rereferral,
        referral.is_no_further_action,
        referral.is_assessed_not_in_need,
        referral.is_from_school,
        referral.is_from_police,
        referral.is_from_health
    from {{ ref('int_measure__children_in_need_event') }} as event
    inner join {{ ref('int_measure__referral') }} as referral on event.event_key = referral.referral_spell_key
    where event.event_type = 'referral'

),

-- a person referred more than once counts once in the year, as it was at the last of its referrals
person_of_year as (

    select * from referral
    qualify
        row_number() over (
            partition by la_code, person_key, year_end_date order by event_date desc, event_key asc
        ) = 1

),

broken_down as (

    {{ by_breakdown('referral', [
        'age_band_cin', 'age_band_adolescent', 'sex', 'ethnic_group', 'disability', 'referral_source', 'primary_need'
    ]) }}

),

person_broken_down as (

    {{ by_breakdown('person_of_year', ['age_band_cin', 'sex', 'ethnic_group', 'disability']) }}

),

of_quarter as (

    select
        la_code,
        quarter_end_date,
        year_end_date,
        breakdown,
        breakdown_value,
        count(*) as n_referrals,
        count(*) filter (where is_rereferral) as n_rereferrals,
        count(*) filter (where is_no_further_action) as n_no_further_action,
        count(*) filter (where is_assessed_not_in_need) as n_not_in_need,
        count(*) filter (where is_from_school) as n_from_school,
        count(*) filter (where is_from_police) as n_from_police,
        count(*) filter (where is_from_health) as n_from_health
    from broken_down
    group by la_code, quarter_end_date, year_end_date, breakdown, breakdown_value

),

of_person as (

    select
        la_code,
        year_end_date,
        breakdown,
        breakdown_value,
        count(*) as n_persons
    from person_broken_down
    group by la_code, year_end_date, breakdown, breakdown_value

),

of_period as (

    select
        la_code,
        'quarter' as period_type,
        quarter_end_date as period_end,
        breakdown,
        breakdown_value,
        n_referrals,
        n_rereferrals,
        n_no_further_action,
        n_not_in_need,
        n_from_school,
        n_from_police,
        n_from_health
    from of_quarter

    union all

    select
        la_code,
        'year' as period_type,
        year_end_date as period_end,
        breakdown,
        breakdown_value,
        sum(n_referrals) as n_referrals,
        sum(n_rereferrals) as n_rereferrals,
        sum(n_no_further_action) as n_no_further_action,
        sum(n_not_in_need) as n_not_in_need,
        sum(n_from_school) as n_from_school,
        sum(n_from_police) as n_from_police,
        sum(n_from_health) as n_from_health
    from of_quarter
    group by la_code, year_end_date, breakdown, breakdown_value

),

time_window as (

    select max(case when window_name = 're_referral' then length end) as re_referral_months
    from {{ ref('config_window') }}

),

cell as (

    select
        cell.*,
        -- without the returns of the months before nobody knows who had been referred before
        cell.metric_id <> 'rereferrals_pct' or cell.n_years_before * 12 >= time_window.re_referral_months as is_known
    from {{ ref('int_measure__cell') }} as cell
    cross join time_window
    where
        cell.metric_id in (
            'referrals_count', 'referrals_children_count', 'rereferrals_pct', 'referrals_nfa_pct',
            'referrals_assessed_not_in_need_pct', 'referrals_source_school_pct', 'referrals_source_police_pct',
            'referrals_source_health_pct'
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
                        when 'referrals_count' then of_period.n_referrals
                        when 'referrals_children_count' then of_person.n_persons
                        when 'rereferrals_pct' then of_period.n_rereferrals
                        when 'referrals_nfa_pct' then of_period.n_no_further_action
                        when 'referrals_assessed_not_in_need_pct' then of_period.n_not_in_need
                        when 'referrals_source_school_pct' then of_period.n_from_school
                        when 'referrals_source_police_pct' then of_period.n_from_police
                        when 'referrals_source_health_pct' then of_period.n_from_health
                    end,
                    0
                )
        end as bigint
    ) as numerator,
    cast(
        case
            when cell.is_known and cell.metric_id not in ('referrals_count', 'referrals_children_count')
                then coalesce(of_period.n_referrals, 0)
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
left join of_person
    on
        cell.la_code = of_person.la_code
        and cell.period_end = of_person.year_end_date
        and cell.breakdown = of_person.breakdown
        and cell.breakdown_value = of_person.breakdown_value
