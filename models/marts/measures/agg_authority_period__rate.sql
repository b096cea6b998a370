-- One row per rate, authority, period and breakdown value: counts that exist already, over the people who live there.
with counted as (

    select * from {{ ref('agg_authority_period__referral') }}
    union all
    select * from {{ ref('agg_authority_period__assessment') }}
    union all
    select * from {{ ref('agg_authority_period__section_47') }}
    union all
    select * from {{ ref('agg_authority_period__child_in_need') }}
    union all
    select * from {{ ref('agg_authority_period__child_protection_plan') }}
    union all
    select * from {{ ref('agg_authority_period__looked_after') }}
    union all
    select * from {{ ref('agg_authority_period__entering_care') }}
    union all
    select * from {{ ref('agg_authority_period__leaving_care') }}
    union all
    select * from {{ ref('agg_authority_period__unaccompanied') }}

),

rate as (

    select * from {{ ref('config_rate') }}

),

-- Who is not known by sex or ethnic group is part of no population.
cell as (

    select
        cell.*,
        rate.count_metric_id,
        rate.less_metric_id,
        rate.population as population_name
    from {{ ref('int_measure__cell') }} as cell
    inner join rate on cell.metric_id = rate.metric_id
    where not (
        (cell.breakdown = 'ethnic_group' and cell.breakdown_value = 'Unknown')
        or (cell.breakdown = 'sex' and cell.breakdown_value = 'U')
    )

),

-- children by ethnic group: disproportionality.md 4, never the whole population
ethnic_population as (

    select
        la_code,
        collection_year,
        ethnic_group,
        sum(headcount) as population
    from {{ ref('ref_child_ethnicity') }}
    group by la_code, collection_year, ethnic_group

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
            when cell.count_metric_id is null then coalesce(adolescent.n_counted, 0)
            when cell.less_metric_id is null then counted.numerator
            else counted.numerator - less.numerator
        end as bigint
    ) as numerator,
    cast(
        case
            when cell.population_name = 'residents_10_17' then adolescent_population.population
            when cell.breakdown = 'ethnic_group' then ethnic_population.population
            when cell.breakdown = 'total' then child_population.population
        end as bigint
    ) as denominator
from cell
left join counted
    on
        cell.count_metric_id = counted.metric_id
        and cell.la_code = counted.la_code
        and cell.period_type = counted.period_type
        and cell.period_end = counted.period_end
        and cell.breakdown = counted.breakdown
        and cell.breakdown_value = counted.breakdown_value
left join counted as less
    on
        cell.less_metric_id = less.metric_id
        and cell.la_code = less.la_code
        and cell.period_type = less.period_type
        and cell.period_end = less.period_end
        and cell.breakdown = less.breakdown
        and cell.breakdown_value = less.breakdown_value
left join {{ ref('int_measure__adolescent_count') }} as adolescent
    on
        cell.metric_id = adolescent.metric_id
        and cell.la_code = adolescent.la_code
        and cell.period_type = adolescent.period_type
        and cell.period_end = adolescent.period_end
        and cell.breakdown = adolescent.breakdown
        and cell.breakdown_value = adolescent.breakdown_value
left join {{ ref('ref_child_population') }} as child_population
    on cell.la_code = child_population.la_code and cell.period_end = child_population.period_end
left join ethnic_population
    on
        cell.la_code = ethnic_population.la_code
        and cell.collection_year = ethnic_population.collection_year
        and cell.breakdown_value = ethnic_population.ethnic_group
left join {{ ref('ref_adolescent_population') }} as adolescent_population
    on
        cell.la_code = adolescent_population.la_code
        and cell.period_end = adolescent_population.period_end
        and cell.breakdown = adolescent_population.breakdown
        and cell.breakdown_value = adolescent_population.breakdown_value
