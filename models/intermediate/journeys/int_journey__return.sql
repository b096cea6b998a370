-- How far an authority can be followed from each of its CIN censuses: one row per authority and census year.
-- A year that was never sent breaks the thread; where the latest census is an old one, the thread ends with it.
with census as (

    select
        la_code,
        collection_year,
        period_start_date,
        reference_date,
        -- the same for years that follow one another: both count up by one
        collection_year - return_number as unbroken_run
    from {{ ref('int_timeline__return') }}
    where return_name = 'cin_census'

)

select
    la_code,
    collection_year,
    min(period_start_date) over (partition by la_code, unbroken_run) as observed_from_date,
    max(reference_date) over (partition by la_code, unbroken_run) as observed_until_date
from census
