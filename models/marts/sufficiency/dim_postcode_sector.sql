-- One row per postcode sector of England and Wales, one for none sent and one for a sector that is in no list.
select
    postcode_sector as postcode_sector_key,
    postcode_sector,
    easting,
    northing,
    main_ons_code as area_key,
    main_la_share,
    n_postcodes
from {{ ref('ref_postcode_sector') }}

union all

select
    special.postcode_sector_key,
    special.postcode_sector,
    cast(null as integer) as easting,
    cast(null as integer) as northing,
    '-1' as area_key,
    cast(null as decimal(4, 3)) as main_la_share,
    cast(null as integer) as n_postcodes
from (values ('-1', 'None sent'), ('-2', 'In no list')) as special (postcode_sector_key, postcode_sector)
