-- What: a measure of a released dashboard, or a level, period or breakdown the catalogue lists for it, has no row in
--       fct_measure; or fct_measure holds something that the catalogue does not list.
-- When it matters: always; a dashboard would have a hole, or show what nobody has defined.
-- How to resolve: compute what is missing in models/marts/measures, or correct seeds/config/config_measure.csv. A
--       dashboard that is not computed yet has is_released = false in seeds/config/config_dashboard.csv.
with catalogue as (

    select config_measure.*
    from {{ ref('config_measure') }} as config_measure
    -- a measure that is not there at all is the subject of measure_status_is_not_so
    inner join {{ ref('agg_measure__coverage') }} as coverage on config_measure.metric_id = coverage.metric_id
    where
        coverage.n_rows > 0
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

    select fct.*
    from {{ ref('fct_measure') }} as fct
    left join {{ ref('config_measure') }} as known on fct.metric_id = known.metric_id
    left join catalogue on fct.metric_id = catalogue.metric_id
    where catalogue.metric_id is not null or known.metric_id is null

),

waiting as (

    select * from {{ ref('config_measure_part_waiting') }}

),

-- the catalogue's words for periods, as period_type has them
worded as (

    select
        metric_id,
        breakdowns,
        replace(
            replace(replace(period, 'snapshot date', 'snapshot'), '3-year average', 'three_years'),
            'month ahead, 36 months',
            'month_ahead'
        ) as period
    from catalogue

),

listed as (

    select
        metric_id,
        'period' as kind,
        unnest(string_split(period, ';')) as item
    from worded

    union

    select
        metric_id,
        'breakdown' as kind,
        unnest(string_split(breakdowns, ';')) as item
    from worded

),

-- a flow between authorities lists neither level: its rows are London's
levelled as (

    select metric_id
    from listed
    where item in ('la', 'london')

),

asked as (

    select listed.*
    from listed
    left join waiting
        on listed.metric_id = waiting.metric_id and listed.kind = waiting.kind and listed.item = waiting.item
    where
        waiting.metric_id is null
        -- three years as one need three years
        and (
            listed.item <> 'three_years'
            or 3 <= (select count(distinct sent.collection_year) from {{ ref('int_submission__current') }} as sent)
        )

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
    where metric_id in (select levelled.metric_id from levelled)

    union

    select distinct
        measure.metric_id,
        'breakdown' as kind,
        unnest(string_split(measure.breakdown, ';')) as item
    from measure
    where measure.breakdown <> 'total'

)

select
    coalesce(asked.metric_id, computed.metric_id) as metric_id,
    coalesce(asked.kind, computed.kind) as kind,
    coalesce(asked.item, computed.item) as item,
    case when computed.metric_id is null then 'not computed' else 'not in the catalogue' end as problem
from asked
full outer join computed
    on asked.metric_id = computed.metric_id and asked.kind = computed.kind and asked.item = computed.item
where
    (asked.metric_id is null or computed.metric_id is null)
    -- before the first return there is nothing to compute
    and exists (select 1 from {{ ref('int_submission__current') }})
