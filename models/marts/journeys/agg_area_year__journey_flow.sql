-- The flows of the two journeys, for a flow picture: one row per area, year of the first event, step, from and to.
with outcome as (

    select * from {{ ref('fct_referral_outcome') }}

),

journey as (

    select * from {{ ref('fct_section_47_journey') }}

),

-- what every child passed through: a section 47 enquiry with a conference is in both steps
passed as (

    select
        la_code,
        collection_year,
        'referral' as journey,
        1 as step,
        'referral' as from_state,
        case when is_window_complete then outcome else 'too_recent' end as to_state
    from outcome

    union all

    select
        la_code,
        collection_year,
        'section_47' as journey,
        1 as step,
        'section_47' as from_state,
        step_1 as to_state
    from journey

    union all

    select
        la_code,
        collection_year,
        'section_47' as journey,
        2 as step,
        'conference' as from_state,
        step_2 as to_state
    from journey
    where step_2 is not null

),

passed_count as (

    select
        la_code,
        collection_year,
        journey,
        step,
        from_state,
        to_state,
        count(*) as n_passed
    from passed
    group by la_code, collection_year, journey, step, from_state, to_state

),

-- only years an authority has sent: of others a later return tells some cases and not all
period as (

    select
        la_code,
        collection_year,
        period_end
    from {{ ref('int_measure__period') }}
    where dataset = 'cin_census' and period_type = 'year'

),

authority as (

    select
        period.la_code,
        period.collection_year,
        period.period_end,
        flow.journey,
        flow.step,
        flow.from_state,
        flow.to_state,
        coalesce(passed_count.n_passed, 0) as n_passed
    from period
    cross join {{ ref('config_journey_step') }} as flow
    left join passed_count
        on
            period.la_code = passed_count.la_code
            and period.collection_year = passed_count.collection_year
            and flow.journey = passed_count.journey
            and flow.step = passed_count.step
            and flow.from_state = passed_count.from_state
            and flow.to_state = passed_count.to_state

),

-- London and its sub-regions are the sums of the authorities with a return of the year
every_area as (

    select
        authority.*,
        1 as n_authorities
    from authority

    union all

    select
        area.area_code as la_code,
        authority.collection_year,
        authority.period_end,
        authority.journey,
        authority.step,
        authority.from_state,
        authority.to_state,
        sum(authority.n_passed) as n_passed,
        count(*) as n_authorities
    from authority
    inner join {{ ref('ref_measure_area') }} as area on authority.la_code = area.la_code
    group by
        area.area_code,
        authority.collection_year,
        authority.period_end,
        authority.journey,
        authority.step,
        authority.from_state,
        authority.to_state

)

select
    la_code,
    collection_year,
    period_end,
    journey,
    step,
    from_state,
    to_state,
    cast(n_passed as bigint) as n_passed,
    cast(n_authorities as integer) as n_authorities
from every_area
order by la_code, period_end, journey, step, from_state, to_state
