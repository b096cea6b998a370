-- How many of each ethnicity were at each stage in an authority and year, and out of how many: a and n1 of section 1.
with stage as (

    select * from {{ ref('config_rri_stage') }}

),

case_of_stage as (

    select
        stage.stage,
        stage.mode,
        at_risk.la_code,
        at_risk.collection_year,
        at_risk.sex,
        at_risk.age_band,
        at_risk.ethnic_group,
        -- a code that no list knows is as unknown as none
        case when at_risk.ethnic_group = 'Unknown' then 'Unknown' else at_risk.ethnicity_code end as ethnicity_code,
        at_risk.is_at_stage
    from stage
    inner join (
        select * from {{ ref('int_disproportionality__cin_case') }}
        union all
        select * from {{ ref('int_disproportionality__looked_after_case') }}
    ) as at_risk
        on
            stage.case_stage = at_risk.stage
            and stage.mode = at_risk.mode
            and (not stage.leaves_out_uasc or not at_risk.is_uasc)

),

-- by code for all children, by group also within each sex and age band: no code by age leaves (disclosure_control.md 4)
leveled as (

    select
        stage,
        mode,
        la_code,
        collection_year,
        'code' as ethnic_level,
        ethnicity_code as ethnicity,
        'total' as breakdown,
        'total' as breakdown_value,
        is_at_stage
    from case_of_stage

    union all

    select
        stage,
        mode,
        la_code,
        collection_year,
        'group' as ethnic_level,
        ethnic_group as ethnicity,
        'total' as breakdown,
        'total' as breakdown_value,
        is_at_stage
    from case_of_stage

    union all

    select
        stage,
        mode,
        la_code,
        collection_year,
        'group' as ethnic_level,
        ethnic_group as ethnicity,
        'sex' as breakdown,
        sex as breakdown_value,
        is_at_stage
    from case_of_stage

    union all

    select
        stage,
        mode,
        la_code,
        collection_year,
        'group' as ethnic_level,
        ethnic_group as ethnicity,
        'age_band' as breakdown,
        age_band as breakdown_value,
        is_at_stage
    from case_of_stage

),

counted as (

    select
        stage,
        mode,
        la_code,
        collection_year,
        ethnic_level,
        ethnicity,
        breakdown,
        breakdown_value,
        count(*) filter (where is_at_stage) as n_at_stage,
        count(*) as n_at_risk
    from leveled
    group by stage, mode, la_code, collection_year, ethnic_level, ethnicity, breakdown, breakdown_value

),

ethnicity as (

    select
        'code' as ethnic_level,
        code as ethnicity
    from {{ ref('config_ethnic_group') }}
    where ethnic_group <> 'Unknown'

    union all

    select distinct
        'group' as ethnic_level,
        ethnic_group as ethnicity
    from {{ ref('config_ethnic_group') }}
    where ethnic_group <> 'Unknown'

    union all

    select
        'code' as ethnic_level,
        'Unknown' as ethnicity

    union all

    select
        'group' as ethnic_level,
        'Unknown' as ethnicity

),

-- every ethnicity has its row, nobody of it included
breakdown as (

    select
        stage.stage,
        stage.mode,
        breakdown.breakdown,
        breakdown.breakdown_value
    from stage
    inner join {{ ref('config_breakdown') }} as breakdown
        on
            breakdown.breakdown in ('total', 'sex', 'age_band')
            and (
                breakdown.only_metrics is null
                or ';' || breakdown.only_metrics || ';' like '%;' || stage.metric_id || ';%'
            )

),

cell as (

    select
        stage_period.*,
        breakdown.breakdown,
        breakdown.breakdown_value,
        ethnicity.ethnic_level,
        ethnicity.ethnicity
    from {{ ref('int_disproportionality__stage_period') }} as stage_period
    inner join breakdown on stage_period.stage = breakdown.stage and stage_period.mode = breakdown.mode
    inner join ethnicity on ethnicity.ethnic_level = 'group' or breakdown.breakdown = 'total'

),

-- Section 4: the children living there. They are known by ethnicity alone, not by sex or age as well.
population as (

    select
        la_code,
        collection_year,
        'population' as mode,
        'total' as breakdown,
        'code' as ethnic_level,
        ethnicity_code as ethnicity,
        headcount as n_children,
        denominator_source,
        denominator_year
    from {{ ref('ref_child_ethnicity') }}
    where ethnic_group <> 'Unknown'

    union all

    select
        la_code,
        collection_year,
        'population' as mode,
        'total' as breakdown,
        'group' as ethnic_level,
        ethnic_group as ethnicity,
        sum(headcount) as n_children,
        max(denominator_source) as denominator_source,
        max(denominator_year) as denominator_year
    from {{ ref('ref_child_ethnicity') }}
    where ethnic_group <> 'Unknown'
    group by la_code, collection_year, ethnic_group

)

select
    cell.stage,
    cell.mode,
    cell.la_code,
    cell.collection_year,
    cell.period_start,
    cell.period_end,
    cell.n_years_before,
    cell.breakdown,
    cell.breakdown_value,
    cell.ethnic_level,
    cell.ethnicity,
    cast(coalesce(counted.n_at_stage, 0) as bigint) as a,
    cast(
        case
            when cell.mode = 'conditional' then coalesce(counted.n_at_risk, 0)
            else population.n_children
        end as bigint
    ) as n1,
    case when cell.mode = 'conditional' then 'stage before' else population.denominator_source end
        as denominator_source,
    cast(case when cell.mode = 'conditional' then cell.collection_year else population.denominator_year end as integer)
        as denominator_year
from cell
left join counted
    on
        cell.stage = counted.stage
        and cell.mode = counted.mode
        and cell.la_code = counted.la_code
        and cell.collection_year = counted.collection_year
        and cell.ethnic_level = counted.ethnic_level
        and cell.ethnicity = counted.ethnicity
        and cell.breakdown = counted.breakdown
        and cell.breakdown_value = counted.breakdown_value
left join population
    on
        cell.mode = population.mode
        and cell.breakdown = population.breakdown
        and cell.la_code = population.la_code
        and cell.collection_year = population.collection_year
        and cell.ethnic_level = population.ethnic_level
        and cell.ethnicity = population.ethnicity
