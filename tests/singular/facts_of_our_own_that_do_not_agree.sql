-- What: seeds of ours that must agree do not: London's population is not the sum of its 33, an authority lacks a year,
--       a dashboard or a suppression rule of one seed is unknown to the other, or two rules have one code.
-- When it matters: always; what is computed from them would be wrong or fall out without a word.
-- How to resolve: correct the seed named in `seed`.
with population as (

    select
        mid_year,
        sum(case when la_code = 'london' then population end) as of_london,
        sum(case when la_code <> 'london' then population end) as of_parts,
        count(distinct case when la_code <> 'london' then la_code end) as n_authorities
    from {{ ref('ref_population_0_17') }}
    group by mid_year

),

neighbour as (

    select
        la_code,
        count(distinct neighbour_la_code) as n_neighbours,
        count(distinct neighbour_rank) as n_ranks
    from {{ ref('ref_statistical_neighbour') }}
    group by la_code

),

dashboard_of_measure as (

    select distinct unnest(string_split(dashboard, ';')) as dashboard
    from {{ ref('config_measure') }}

)

select
    'ref_population_0_17' as seed,
    cast(mid_year as varchar) as item
from population
where of_london is distinct from of_parts or n_authorities <> 33

union all

select
    'ref_school_census_ethnicity' as seed,
    cast(census_year as varchar) as item
from {{ ref('ref_school_census_ethnicity') }}
group by census_year
having count(distinct la_code) <> 33

union all

select
    'ref_statistical_neighbour' as seed,
    authority.la_code as item
from {{ ref('ref_authority') }} as authority
left join neighbour on authority.la_code = neighbour.la_code
where coalesce(neighbour.n_neighbours, 0) <> 10 or coalesce(neighbour.n_ranks, 0) <> 10

union all

select
    'config_dashboard' as seed,
    coalesce(dashboard.dashboard, dashboard_of_measure.dashboard) as item
from {{ ref('config_dashboard') }} as dashboard
full outer join dashboard_of_measure on dashboard.dashboard = dashboard_of_measure.dashboard
where dashboard.dashboard is null or dashboard_of_measure.dashboard is null

union all

select
    'config_quality_rule' as seed,
    quality.rule_code as item
from {{ ref('config_quality_rule') }} as quality
inner join {{ ref('config_finding_rule') }} as loader on quality.rule_code = loader.rule_code

union all

-- a measure made of another takes the rule of that one
select
    'config_measure' as seed,
    measure.metric_id as item
from {{ ref('config_measure') }} as measure
left join {{ ref('config_suppression_rule') }} as suppression on measure.suppression_rule = suppression.rule_code
where suppression.rule_code is null and measure.suppression_rule <> 'as base metric'
