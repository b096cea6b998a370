-- one row per line of the national statistics' tables, authority or London, and year: which of our cells stands there
with measure as (

    select * from {{ ref('share_london__measure') }}

),

metric as (

    select * from {{ ref('share_london__metric') }}

),

line as (

    select * from {{ ref('config_national_table') }}

),

-- the releases have no sub-regions
area as (

    select * from {{ ref('share_london__authority') }}
    where short_code is not null

)

select
    measure.metric_id,
    measure.la_code,
    measure.period_type,
    measure.period_end,
    measure.breakdown,
    measure.breakdown_value,
    -- the catalogue names the release and, behind the colon, what of it
    trim(split_part(metric.national_statistic_equivalent, ':', 1)) as release_title,
    nullif(trim(split_part(metric.national_statistic_equivalent, ':', 2)), '') as table_title,
    line.source_file,
    line.measure_name,
    line.category,
    line.figure,
    line.counted_otherwise,
    -- the columns by which the releases' own files are read
    cast(extract(year from measure.period_end) as varchar) as time_period,
    'Reporting year' as time_identifier,
    case when area.is_london then 'Regional' else 'Local authority' end as geographic_level,
    area.ons_code as area_code,
    case when not area.is_london then area.la_code end as old_la_code,
    area.la_name as area_name
from measure
inner join line
    on
        measure.metric_id = line.metric_id
        and measure.breakdown = line.breakdown
        and measure.breakdown_value = line.breakdown_value
        and measure.period_type = line.period_type
inner join metric on measure.metric_id = metric.metric_id
inner join area on measure.la_code = area.la_code
where extract(month from measure.period_end) = 3 and metric.national_statistic_equivalent is not null
