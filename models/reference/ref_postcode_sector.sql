-- one row per postcode sector of England and Wales, from the compressed file in seeds/reference: too long for a seed
with postcode_sector as (

    select * from {{ project_csv('seeds/reference/ref_postcode_sector.csv.gz') }}

)

select
    postcode_sector,
    try_cast(easting as integer) as easting,
    try_cast(northing as integer) as northing,
    main_ons_code,
    main_la_code,
    try_cast(main_la_share as decimal(4, 3)) as main_la_share,
    try_cast(n_postcodes as integer) as n_postcodes,
    country
from postcode_sector
order by postcode_sector
