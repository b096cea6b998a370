-- The periods measures are given for: those of each collection year whose dataset an authority has sent.
with sent as (

    select
        la_code,
        case when return_name = 'cin_census' then 'cin_census' else concat(return_name, '.', table_name) end as dataset,
        collection_year,
        return_number,
        reference_date
    from {{ ref('int_timeline__return') }}

),

-- years in a row without one missing have the same difference between year and number
looking_back as (

    select
        sent.*,
        sent.return_number = 1 as is_first_year,
        cast(
            row_number() over (
                partition by sent.la_code, sent.dataset, sent.collection_year - sent.return_number
                order by sent.collection_year
            ) - 1 as integer
        ) as n_years_before,
        -- a year that was never sent ends what can be followed
        max(sent.reference_date) over (
            partition by sent.la_code, sent.dataset, sent.collection_year - sent.return_number
        ) as data_cutoff_date
    from sent

),

collection_year as (

    select * from {{ ref('ref_collection_year') }}

),

-- a quarter ends with June, September, December and March; children are counted on the same four days
quarter as (

    select
        collection_year.collection_year,
        cast(
            date_trunc('quarter', collection_year.period_end - quarter_number.months_back * interval 1 month) as date
        ) as period_start,
        cast(last_day(collection_year.period_end - quarter_number.months_back * interval 1 month) as date)
            as period_end
    from collection_year
    cross join (values (0), (3), (6), (9)) as quarter_number (months_back)

),

period as (

    select
        collection_year,
        'year' as period_type,
        period_start,
        period_end,
        0 as years_needed_before
    from collection_year

    union all

    -- three years as one: the average of the adoption scorecard
    select
        collection_year,
        'three_years' as period_type,
        cast(period_start - interval 2 year as date) as period_start,
        period_end,
        2 as years_needed_before
    from collection_year

    union all

    select
        collection_year,
        'quarter' as period_type,
        period_start,
        period_end,
        0 as years_needed_before
    from quarter

    union all

    select
        collection_year,
        'snapshot' as period_type,
        period_end as period_start,
        period_end,
        0 as years_needed_before
    from quarter

)

select
    looking_back.la_code,
    looking_back.dataset,
    looking_back.collection_year,
    period.period_type,
    period.period_start,
    period.period_end,
    looking_back.is_first_year,
    looking_back.n_years_before,
    looking_back.data_cutoff_date
from looking_back
inner join period
    on
        looking_back.collection_year = period.collection_year
        and looking_back.n_years_before >= period.years_needed_before
