-- Whether a return of the children in need census records a disability of the child.
select
    child_key,
    collection_year,
    case has_disability when true then 'yes' when false then 'no' else 'unknown' end as disability
from {{ ref('dim_child_year') }}
