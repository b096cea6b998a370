-- The submission that counts for each return, table, authority and year.
-- The ledger has decided which: greater reference date, then submission stamp, then load number.
with submission as (

    select * from {{ source('ledger', 'load') }}

)

select
    load_id,
    return_name,
    table_name,
    la_code,
    collection_year,
    reference_date,
    submission_stamp,
    load_number,
    n_rows
from submission
where status = 'accepted'
