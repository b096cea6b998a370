-- one row per measure of the catalogue: computed, or waiting and for what, and whether what is said of it is so
with catalogue as (

    select * from {{ ref('config_measure') }}

),

status as (

    select * from {{ ref('config_measure_status') }}

),

found as (

    select
        metric_id,
        count(*) as n_rows,
        count(value) as n_values,
        max(n_authorities) as n_authorities,
        count(distinct case when value is not null then period_end end) as n_period_ends,
        min(case when value is not null then period_end end) as first_period_end,
        max(case when value is not null then period_end end) as last_period_end
    from {{ ref('fct_measure') }}
    group by metric_id

),

-- the tables of the returns that each measure is made from
dataset as (

    select distinct
        catalogue.metric_id,
        source.dataset
    from catalogue
    inner join {{ ref('config_source') }} as source
        on ';' || catalogue.source_datasets || ';' like '%;' || source.source || ';%'
    where source.dataset is not null

),

arrived as (

    -- the CIN census comes as one file, so that all its tables have arrived with it
    select distinct
        case when return_name = 'cin_census' then return_name else concat(return_name, '.', table_name) end
            as dataset
    from {{ ref('int_submission__current') }}

),

missing as (

    select distinct dataset.metric_id
    from dataset
    left join arrived on dataset.dataset = arrived.dataset
    where arrived.dataset is null

),

-- what looks so far back that it has no row before so many years in a row have come from anybody
too_early as (

    select needed.metric_id
    from {{ ref('config_measure_history') }} as needed
    where
        needed.years_in_a_row > (
            select coalesce(max(period.n_years_before) + 1, 0) from {{ ref('int_measure__period') }} as period
        )

),

-- what a measure is said to wait for, one by one
awaited as (

    select
        metric_id,
        unnest(string_split(waiting_for, ';')) as item
    from status
    where status = 'waiting' and waiting_for <> 'its dashboard'

),

-- and is no source of it that we do not hold: it would wait for ever, and break the build on the day it can be computed
awaited_in_vain as (

    select distinct awaited.metric_id
    from awaited
    inner join catalogue on awaited.metric_id = catalogue.metric_id
    left join {{ ref('config_source') }} as source
        on
            ';' || catalogue.source_datasets || ';' like '%;' || source.source || ';%'
            and (awaited.item = source.source or starts_with(source.source, awaited.item || '.'))
            and not source.is_loaded
    where source.source is null

),

-- a period or breakdown that a computed measure cannot give yet
part as (

    select
        metric_id,
        {{ ordered_list("concat(item, ' for ', waiting_for)", separator='; ') }} as parts_waiting
    from {{ ref('config_measure_part_waiting') }}
    group by metric_id

),

stated as (

    select
        catalogue.metric_id,
        catalogue.dashboard,
        catalogue.title,
        catalogue.unit,
        catalogue.period,
        catalogue.source_datasets,
        status.status,
        status.waiting_for,
        part.parts_waiting,
        coalesce(found.n_rows, 0) as n_rows,
        coalesce(found.n_values, 0) as n_values,
        found.n_authorities,
        coalesce(found.n_period_ends, 0) as n_period_ends,
        found.first_period_end,
        found.last_period_end,
        missing.metric_id is null and too_early.metric_id is null and exists (select 1 from arrived) as has_sources,
        awaited_in_vain.metric_id is not null as waits_in_vain,
        -- what a measure has to say of itself before anybody may read it
        catalogue.title is not null
        and catalogue.unit is not null
        and catalogue.numerator is not null
        and catalogue.period is not null
        and catalogue.polarity is not null
        and catalogue.suppression_rule is not null
        and (catalogue.denominator is not null or catalogue.suppression_rule not in ('P5', 'R5')) as has_text
    from catalogue
    left join status on catalogue.metric_id = status.metric_id
    left join found on catalogue.metric_id = found.metric_id
    left join missing on catalogue.metric_id = missing.metric_id
    left join too_early on catalogue.metric_id = too_early.metric_id
    left join part on catalogue.metric_id = part.metric_id
    left join awaited_in_vain on catalogue.metric_id = awaited_in_vain.metric_id

)

select
    metric_id,
    dashboard,
    title,
    unit,
    period,
    source_datasets,
    status,
    waiting_for,
    parts_waiting,
    cast(n_rows as bigint) as n_rows,
    cast(n_values as bigint) as n_values,
    cast(n_authorities as integer) as n_authorities,
    cast(n_period_ends as integer) as n_period_ends,
    first_period_end,
    last_period_end,
    case
        when status is null then 'config_measure_status does not say whether it is computed'
        when status not in ('computed', 'waiting') then 'its status is neither computed nor waiting'
        when status = 'waiting' and waiting_for is null then 'it waits, but nobody says for what'
        when status = 'waiting' and waits_in_vain then 'it waits for what is no missing source of it'
        when status = 'waiting' and n_rows > 0 then 'it is said to wait, but it is computed'
        when status = 'computed' and not has_text then 'it is computed, but has no text'
        when status = 'computed' and has_sources and n_rows = 0 then 'it is said to be computed, but is not'
    end as problem
from stated
order by metric_id
