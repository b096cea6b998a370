-- one row per authority, one per sub-region and one for London
select
    la_code,
    ons_code,
    la_name,
    short_code,
    inner_outer,
    sub_region,
    icb_name,
    false as is_london
from {{ ref('ref_authority') }}

union all

-- a sub-region is one of the five integrated care boards' areas
select distinct
    replace(lower(sub_region), ' ', '_') as la_code,
    cast(null as varchar) as ons_code,
    concat(sub_region, ' London') as la_name,
    cast(null as varchar) as short_code,
    cast(null as varchar) as inner_outer,
    sub_region,
    icb_name,
    false as is_london
from {{ ref('ref_authority') }}

union all

select
    'london' as la_code,
    'E12000007' as ons_code,
    'London' as la_name,
    'LON' as short_code,
    cast(null as varchar) as inner_outer,
    cast(null as varchar) as sub_region,
    cast(null as varchar) as icb_name,
    true as is_london
