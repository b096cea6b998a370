-- What: the flows of a journey do not add up: a state has no row in config_journey_step, or step 2 does not begin with
--       as many as step 1 sent there.
-- When it matters: always; cases would fall out of the flow picture, or be in it twice.
-- How to resolve: give the state its row in seeds/config/config_journey_step.csv, or mend agg_area_year__journey_flow.
with flow as (

    select
        la_code,
        collection_year,
        sum(n_passed) filter (where journey = 'referral') as n_referrals,
        sum(n_passed) filter (where journey = 'section_47' and step = 1) as n_section_47,
        sum(n_passed) filter (where journey = 'section_47' and to_state = 'conference') as n_conferences,
        sum(n_passed) filter (where journey = 'section_47' and step = 2) as n_after_conference
    from {{ ref('agg_area_year__journey_flow') }}
    group by la_code, collection_year

),

referral as (

    select
        la_code,
        collection_year,
        count(*) as n_referrals
    from {{ ref('fct_referral_outcome') }}
    group by la_code, collection_year

),

section_47 as (

    select
        la_code,
        collection_year,
        count(*) as n_section_47
    from {{ ref('fct_section_47_journey') }}
    group by la_code, collection_year

)

select flow.*
from flow
left join referral on flow.la_code = referral.la_code and flow.collection_year = referral.collection_year
left join section_47 on flow.la_code = section_47.la_code and flow.collection_year = section_47.collection_year
where
    flow.n_conferences <> flow.n_after_conference
    -- an area of several authorities is their sum by construction
    or (
        length(flow.la_code) = 3
        and (
            flow.n_referrals <> coalesce(referral.n_referrals, 0)
            or flow.n_section_47 <> coalesce(section_47.n_section_47, 0)
        )
    )
