-- one row per authority, and one for London
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

select
    'london' as la_code,
    'E12000007' as ons_code,
    'London' as la_name,
    'LON' as short_code,
    cast(null as varchar) as inner_outer,
    cast(null as varchar) as sub_region,
    cast(null as varchar) as icb_name,
    true as is_london
