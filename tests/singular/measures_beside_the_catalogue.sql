-- What: a measure of a released dashboard, or a level, period or breakdown the catalogue lists for it, has no row in
--       fct_measure; or fct_measure holds something that the catalogue does not list.
-- When it matters: always; a dashboard would have a hole, or show what nobody has defined.
-- How to resolve: compute what is missing in models/marts/measures, or correct seeds/config/config_measure.csv. A
--       dashboard that is not computed yet has is_released = false in seeds/config/config_dashboard.csv.
with catalogue as (

    select config_measure.*
    from {{ ref('config_measure') }} as config_measure
    inner join {{ ref('config_measure_status') }} as status on config_measure.metric_id = status.metric_id
    where
        status.status = 'computed'
        and exists (
            select 1
            from {{ ref('config_dashboard') }} as dashboard
            where
                dashboard.is_released
                and ';' || config_measure.dashboard || ';' like '%;' || dashboard.dashboard || ';%'
        )

),

-- a measure of a dashboard that is not released may be computed in part
measure as (

    select * from {{ ref('fct_measure') }}
    where
        metric_id in (select catalogue.metric_id from catalogue)
        or metric_id not in (select config_measure.metric_id from {{ ref('config_measure') }} as config_measure)

),

listed as (

    select
        metric_id,
        'period' as kind,
        -- the words of the catalogue for the kinds of period
        unnest(string_split(
            replace(replace(period, 'snapshot date', 'snapshot'), '3-year average', 'three_years'), ';'
        )) as item
    from catalogue

    union

    select
        metric_id,
        'breakdown' as kind,
        unnest(string_split(breakdowns, ';')) as item
    from catalogue

),

computed as (

    select distinct
        metric_id,
        'period' as kind,
        period_type as item
    from measure

    union

    select distinct
        metric_id,
        'breakdown' as kind,
        case when la_code = 'london' then 'london' else 'la' end as item
    from measure

    union

    select distinct
        metric_id,
        'breakdown' as kind,
        unnest(string_split(breakdown, ';')) as item
    from measure
    where breakdown <> 'total'

)

select
    coalesce(listed.metric_id, computed.metric_id) as metric_id,
    coalesce(listed.kind, computed.kind) as kind,
    coalesce(listed.item, computed.item) as item,
    case when computed.metric_id is null then 'not computed' else 'not in the catalogue' end as problem
from listed
full outer join computed
    on listed.metric_id = computed.metric_id and listed.kind = computed.kind and listed.item = computed.item
where
    (listed.metric_id is null or computed.metric_id is null)
    -- before the first return there is nothing to compute
    and exists (select 1 from {{ ref('int_submission__current') }})
