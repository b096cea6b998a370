-- One row per category of need, and one for not known.
select
    code as category_of_need_key,
    code as category_of_need_code,
    label as category_of_need_label,
    first_year,
    last_year
from {{ ref('code_category_of_need') }}

union all

select
    '-1' as category_of_need_key,
    cast(null as varchar) as category_of_need_code,
    'Not known' as category_of_need_label,
    cast(null as integer) as first_year,
    cast(null as integer) as last_year
