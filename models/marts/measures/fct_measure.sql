-- one row per measure, area, period and breakdown value, exact: what dashboards, packs and Power BI read
with authority as (

    select * from {{ ref('int_measure__authority_value') }}

),

-- what cannot be summed up from authorities comes with its own row for every area
made_by_area as (

    select * from {{ ref('int_measure__area_value') }}

),

-- the returns a measure is made from
source as (

    select
        measure.metric_id,
        {{ ordered_list("split_part(source.dataset, '.', 1)", separator=';') }} as source
    from {{ ref('config_measure') }} as measure
    inner join {{ ref('config_source') }} as source
        on ';' || measure.source_datasets || ';' like '%;' || source.source || ';%'
    where source.dataset is not null
    group by measure.metric_id

),

measure as (

    select
        measure.metric_id,
        unit.multiplier,
        -- a rate of a quarter is shown for a year at its pace; its numerator stays what was counted
        case when unit.is_annualised then 4 else 1 end as quarters_in_a_year,
        coalesce(source.source, 'reference') as source
    from {{ ref('config_measure') }} as measure
    inner join {{ ref('config_unit') }} as unit on measure.unit = unit.unit
    left join source on measure.metric_id = source.metric_id

),

-- London and its sub-regions are the sums of their parts; n_authorities says how many they are
every_area as (

    select
        metric_id,
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        numerator,
        denominator,
        1 as n_authorities
    from authority

    union all

    select
        authority.metric_id,
        area.area_code as la_code,
        authority.period_type,
        authority.period_end,
        authority.breakdown,
        authority.breakdown_value,
        sum(authority.numerator) as numerator,
        sum(authority.denominator) as denominator,
        -- an authority of which nothing can be known yet (no year to look back at) is none of them
        coalesce(nullif(count(authority.numerator), 0), count(*)) as n_authorities
    from authority
    inner join {{ ref('ref_measure_area') }} as area on authority.la_code = area.la_code
    group by
        authority.metric_id,
        area.area_code,
        authority.period_type,
        authority.period_end,
        authority.breakdown,
        authority.breakdown_value

),

valued as (

    select
        every_area.metric_id,
        every_area.la_code,
        every_area.period_type,
        every_area.period_end,
        every_area.breakdown,
        every_area.breakdown_value,
        cast(every_area.numerator as decimal(18, 6)) as numerator,
        cast(every_area.denominator as decimal(18, 6)) as denominator,
        -- a count has no multiplier and no denominator: it is its own value
        case
            when measure.multiplier is null then cast(every_area.numerator as decimal(18, 6))
            when every_area.period_type = 'quarter'
                then {{ exact_ratio(
                    'every_area.numerator * measure.multiplier * measure.quarters_in_a_year', 'every_area.denominator'
                ) }}
            else {{ exact_ratio('every_area.numerator * measure.multiplier', 'every_area.denominator') }}
        end as value,
        cast(every_area.n_authorities as integer) as n_authorities
    from every_area
    inner join measure on every_area.metric_id = measure.metric_id

    union all

    select * from made_by_area

)

select
    valued.metric_id,
    valued.la_code,
    valued.period_type,
    valued.period_end,
    valued.breakdown,
    valued.breakdown_value,
    valued.numerator,
    valued.denominator,
    valued.value,
    valued.n_authorities,
    measure.source
from valued
inner join measure on valued.metric_id = measure.metric_id
order by
    valued.metric_id,
    valued.la_code,
    valued.period_type,
    valued.period_end,
    valued.breakdown,
    valued.breakdown_value
