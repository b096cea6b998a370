-- The areas a measure is added up to: every authority is part of London and of one sub-region.
with authority as (

    select * from {{ ref('ref_authority') }}

)

select
    'london' as area_code,
    la_code
from authority

union all

select
    replace(lower(sub_region), ' ', '_') as area_code,
    la_code
from authority
