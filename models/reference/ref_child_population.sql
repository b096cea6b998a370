-- Residents aged 0 to 17 at the end of each quarter: the mid-year estimate of the latest 30 June on or before it.
with estimate as (

    select * from {{ ref('ref_population_0_17') }}

),

quarter_end as (

    select
        cast(last_day(collection_year.period_end - quarter_number.months_back * interval 1 month) as date)
            as period_end
    from {{ ref('ref_collection_year') }} as collection_year
    cross join (values (0), (3), (6), (9)) as quarter_number (months_back)

)

select
    estimate.la_code,
    quarter_end.period_end,
    estimate.population,
    estimate.mid_year as denominator_year
from quarter_end
inner join estimate on make_date(estimate.mid_year, 6, 30) <= quarter_end.period_end
qualify
    row_number() over (
        partition by estimate.la_code, quarter_end.period_end order by estimate.mid_year desc
    ) = 1
order by estimate.la_code, quarter_end.period_end
