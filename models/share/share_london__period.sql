-- one row per period the shared measures are given for
with period as (

    select distinct
        period_type,
        period_end
    from {{ ref('share_london__measure') }}

)

select
    period.period_type,
    period.period_end,
    collection_year.collection_year,
    case
        when period.period_type = 'year'
            then collection_year.period_start
        else cast(date_trunc('quarter', period.period_end) as date)
    end as period_start,
    case
        when period.period_type = 'year'
            then concat('Year to 31 March ', cast(collection_year.collection_year as varchar))
        else concat(
            'Q', cast(extract(quarter from period.period_end + interval 9 month) as varchar), ' ',
            cast(collection_year.collection_year - 1 as varchar), '-',
            right(cast(collection_year.collection_year as varchar), 2)
        )
    end as period_label
from period
inner join {{ ref('ref_collection_year') }} as collection_year
    on period.period_end between collection_year.period_start and collection_year.period_end
