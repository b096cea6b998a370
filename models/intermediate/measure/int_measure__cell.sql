-- Every cell a measure must have in an authority: its periods, breakdowns and values by the catalogue, 0 included.
with measure as (

    select
        metric_id,
        ';' || period || ';' as periods,
        ';' || breakdowns || ';' as breakdowns,
        ';' || source_datasets || ';' as sources
    from {{ ref('config_measure') }}

),

source as (

    select
        measure.metric_id,
        source.dataset,
        source.is_loaded
    from measure
    inner join {{ ref('config_source') }} as source on measure.sources like '%;' || source.source || ';%'
    left join {{ ref('config_measure_optional_source') }} as optional
        on measure.metric_id = optional.metric_id and source.source = optional.source
    where source.is_required and optional.source is null

),

-- a measure that needs a source we do not hold has no cell
dataset as (

    select distinct
        metric_id,
        dataset
    from source
    where
        dataset is not null
        and metric_id not in (
            select waiting.metric_id from source as waiting
            where not waiting.is_loaded
        )

),

dataset_count as (

    select
        metric_id,
        count(*) as n_datasets
    from dataset
    group by metric_id

),

-- a period counts where every dataset of the measure has arrived for it
measured as (

    select
        dataset.metric_id,
        period.la_code,
        period.collection_year,
        period.period_type,
        period.period_start,
        period.period_end,
        bool_or(period.is_first_year) as is_first_year,
        min(period.n_years_before) as n_years_before,
        min(period.data_cutoff_date) as data_cutoff_date
    from dataset
    inner join dataset_count on dataset.metric_id = dataset_count.metric_id
    inner join {{ ref('int_measure__period') }} as period on dataset.dataset = period.dataset
    group by
        dataset.metric_id,
        dataset_count.n_datasets,
        period.la_code,
        period.collection_year,
        period.period_type,
        period.period_start,
        period.period_end
    having count(*) = dataset_count.n_datasets

),

-- the words of the catalogue for the kinds of period
asked as (

    select measured.*
    from measured
    inner join measure on measured.metric_id = measure.metric_id
    inner join (
        values
        ('quarter', 'quarter'), ('year', 'year'), ('snapshot', 'snapshot date'), ('three_years', '3-year average')
    ) as wording (period_type, catalogue_word)
        on
            measured.period_type = wording.period_type
            and measure.periods like '%;' || wording.catalogue_word || ';%'
    where measure.breakdowns like '%;la;%'

),

breakdown_value as (

    select
        measure.metric_id,
        breakdown.breakdown,
        breakdown.breakdown_value,
        band.metric_id is not null as is_band
    from measure
    inner join {{ ref('config_breakdown') }} as breakdown
        on
            (breakdown.breakdown = 'total' or measure.breakdowns like '%;' || breakdown.breakdown || ';%')
            and (
                breakdown.only_metrics is null
                or ';' || breakdown.only_metrics || ';' like '%;' || measure.metric_id || ';%'
            )
    left join {{ ref('config_measure_band') }} as band
        on measure.metric_id = band.metric_id and breakdown.breakdown = band.breakdown

),

-- where the band is part of the measure it is always there, by itself or before another breakdown
crossed as (

    select
        other.metric_id,
        case
            when band.breakdown is null then other.breakdown
            when other.breakdown = 'total' then band.breakdown
            else concat(band.breakdown, ';', other.breakdown)
        end as breakdown,
        case
            when band.breakdown is null then other.breakdown_value
            when other.breakdown = 'total' then band.breakdown_value
            else concat(band.breakdown_value, ';', other.breakdown_value)
        end as breakdown_value
    from breakdown_value as other
    left join breakdown_value as band on other.metric_id = band.metric_id and band.is_band
    where not other.is_band

)

select
    asked.metric_id,
    asked.la_code,
    asked.collection_year,
    asked.period_type,
    asked.period_start,
    asked.period_end,
    asked.is_first_year,
    asked.n_years_before,
    asked.data_cutoff_date,
    crossed.breakdown,
    crossed.breakdown_value
from asked
inner join crossed on asked.metric_id = crossed.metric_id
