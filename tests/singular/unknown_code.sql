-- What: a code arrived that no list of ours holds in any year.
-- When it matters: always; the row falls out of every count by that code. The build goes on: one return needs mending,
-- or a code is new.
-- How to resolve: `liia findings` tells the authority where it is. Where the code is right and new, add it with its
-- first year to seeds/code_lists/code_<list>.csv, and to the seed that groups the list where there is one.
{{ config(severity='warn') }}
select
    return_name,
    table_name,
    field,
    la_code,
    collection_year,
    n_rows
from {{ ref('dq_unknown_code') }}
where rule_code = 'unknown_code'
