-- The band of every age in whole years, for each set of bands.
select
    band.age_band_set,
    cast(age.age as integer) as age,
    band.age_band,
    band.position
from {{ ref('config_age_band') }} as band
inner join (
    select row_number() over (order by calendar_date) - 1 as age
    -- one row per age from 0 to 120
    from ({{ days_between_dates('2000-01-01', '2000-04-30') }})
) as age
    on band.minimum_age <= age.age and coalesce(band.maximum_age, 120) >= age.age
order by band.age_band_set, age.age
