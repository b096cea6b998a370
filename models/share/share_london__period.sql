-- one row per period the shared measures are given for
with period as (

    select distinct
        period_type,
        period_end
    from {{ ref('share_london__measure') }}

),

-- the collection year it lies in, as 2023-24
named as (

    select
        period.period_type,
        period.period_end,
        collection_year.collection_year,
        collection_year.period_start as year_start,
        concat(
            cast(collection_year.collection_year - 1 as varchar), '-',
            right(cast(collection_year.collection_year as varchar), 2)
        ) as year_label
    from period
    inner join {{ ref('ref_collection_year') }} as collection_year
        on period.period_end between collection_year.period_start and collection_year.period_end

)

select
    period_type,
    period_end,
    collection_year,
    case period_type
        when 'year' then year_start
        when 'three_years' then cast(year_start - interval 2 year as date)
        when 'quarter' then cast(date_trunc('quarter', period_end) as date)
        when 'snapshot' then period_end
        when 'month_ahead' then cast(date_trunc('month', period_end) as date)
    end as period_start,
    case period_type
        when 'year' then concat('Year to 31 March ', cast(collection_year as varchar))
        when 'three_years' then concat('Three years to 31 March ', cast(collection_year as varchar))
        when 'quarter'
            then concat('Q', cast(extract(quarter from period_end + interval 9 month) as varchar), ' ', year_label)
        when 'snapshot'
            then concat(
                case extract(month from period_end)
                    when 3 then '31 March ' when 6 then '30 June ' when 9 then '30 September ' else '31 December '
                end,
                cast(extract(year from period_end) as varchar)
            )
        when 'month_ahead' then concat('Forecast for ', cast(period_end as varchar))
    end as period_label
from named
