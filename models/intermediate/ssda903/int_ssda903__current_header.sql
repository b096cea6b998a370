-- The children of the current returns: one row per child, authority and year.
with header as (

    select * from {{ ref('stg_ssda903__header') }}

),

submission as (

    select * from {{ ref('int_submission__current') }}

),

keyed as (

    select
        {{ surrogate_key(['header.child_key', 'header.collection_year']) }} as child_year_key,
        submission.reference_date,
        header.*
    from header
    inner join submission on header.load_id = submission.load_id

)

-- the same child twice in one file: the last stands
select * from keyed
qualify row_number() over (partition by child_year_key order by row_number_in_file desc) = 1
