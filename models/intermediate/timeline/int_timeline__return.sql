-- The returns an authority sent, table by table, in order of their years: one row per current submission.
-- A table that was not sent has no row (not sent is not sent empty), so nothing counts as absent from it.
with submission as (

    select * from {{ ref('int_submission__current') }}

),

collection_year as (

    select * from {{ ref('ref_collection_year') }}

)

select
    submission.load_id,
    submission.return_name,
    submission.table_name,
    submission.la_code,
    submission.collection_year,
    submission.reference_date,
    collection_year.period_start as period_start_date,
    cast(row_number() over by_year as integer) as return_number,
    lead(submission.collection_year) over by_year as next_return_year,
    min(collection_year.period_start) over whole as window_start_date,
    max(submission.reference_date) over whole as data_cutoff_date,
    max(submission.collection_year) over whole as latest_return_year
from submission
left join collection_year on submission.collection_year = collection_year.collection_year
window
    by_year as (
        partition by submission.return_name, submission.table_name, submission.la_code
        order by submission.collection_year
    ),
    whole as (partition by submission.return_name, submission.table_name, submission.la_code)
