-- Residents aged 10 to 17 at the end of each quarter, by age band and sex: the latest estimate on or before it.
with estimate as (

    select
        la_code,
        mid_year,
        sex,
        age,
        population
    from {{ ref('ref_population_10_17') }}

),

quarter_end as (

    select distinct period_end
    from {{ ref('ref_child_population') }}

),

-- the latest of the estimates that are told for everybody; sexes are known of some of them only
latest as (

    select
        quarter_end.period_end,
        max(estimate.mid_year) as mid_year
    from quarter_end
    inner join estimate on make_date(estimate.mid_year, 6, 30) <= quarter_end.period_end
    where estimate.sex = 'all'
    group by quarter_end.period_end

),

broken_down as (

    select
        la_code,
        mid_year,
        'total' as breakdown,
        'total' as breakdown_value,
        population
    from estimate
    where sex = 'all'

    union all

    select
        la_code,
        mid_year,
        'sex' as breakdown,
        sex as breakdown_value,
        population
    from estimate
    where sex <> 'all'

    union all

    select
        estimate.la_code,
        estimate.mid_year,
        'age_band_adolescent' as breakdown,
        band.age_band as breakdown_value,
        estimate.population
    from estimate
    inner join {{ ref('ref_age_band') }} as band
        on band.age_band_set = 'adolescent' and estimate.age = band.age
    where estimate.sex = 'all'

)

select
    broken_down.la_code,
    latest.period_end,
    broken_down.breakdown,
    broken_down.breakdown_value,
    cast(sum(broken_down.population) as integer) as population,
    latest.mid_year as denominator_year
from latest
inner join broken_down on latest.mid_year = broken_down.mid_year
group by
    broken_down.la_code,
    latest.period_end,
    broken_down.breakdown,
    broken_down.breakdown_value,
    latest.mid_year
order by broken_down.la_code, latest.period_end, broken_down.breakdown, broken_down.breakdown_value
