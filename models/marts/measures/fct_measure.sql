-- one row per measure, area, period and breakdown value, exact: what dashboards, packs and Power BI read
with authority as (

    -- the counts of each subject, authority by authority
    select * from {{ ref('agg_authority_period__assessment_factor') }}
    union all
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
    select * from {{ ref('agg_authority_period__pre_proceedings') }}
    union all
    select * from {{ ref('agg_authority_period__looked_after') }}
    union all
    select * from {{ ref('agg_authority_period__entering_care') }}
    union all
    select * from {{ ref('agg_authority_period__leaving_care') }}
    union all
    select * from {{ ref('agg_authority_period__placement_stability') }}
    union all
    select * from {{ ref('agg_authority_period__care_planning') }}
    union all
    select * from {{ ref('agg_authority_period__adoption') }}
    union all
    select * from {{ ref('agg_authority_period__health') }}
    union all
    select * from {{ ref('agg_authority_period__missing') }}
    union all
    select * from {{ ref('agg_authority_period__unaccompanied') }}
    union all
    select * from {{ ref('agg_authority_period__rate') }}

),

factor_pair as (

    select * from {{ ref('agg_london_year__factor_pair') }}

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
        count(*) as n_authorities
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

    select
        metric_id,
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        numerator,
        denominator,
        value,
        n_authorities
    from factor_pair

    union all

    -- threshold and headroom of the National Transfer Scheme: places left and children over it are never netted
    select
        metric_id,
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        numerator,
        denominator,
        value,
        n_authorities
    from {{ ref('agg_area_period__transfer_scheme') }}

    union all

    -- the median of each area is its own; a median has no numerator
    select
        metric_id,
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        cast(null as decimal(18, 6)) as numerator,
        cast(denominator as decimal(18, 6)) as denominator,
        value,
        n_authorities
    from {{ ref('agg_area_period__median') }}

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
