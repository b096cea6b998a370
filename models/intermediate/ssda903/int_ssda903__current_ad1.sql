-- The adoptions of the current returns: one row per child and year.
with ad1 as (

    select * from {{ ref('stg_ssda903__ad1') }}

),

submission as (

    select * from {{ ref('int_submission__current') }}

),

keyed as (

    select
        {{ surrogate_key(['ad1.child_key', 'ad1.collection_year']) }} as child_year_key,
        submission.reference_date,
        ad1.*
    from ad1
    inner join submission on ad1.load_id = submission.load_id

)

-- the same child twice in one file: the last stands
select * from keyed
qualify row_number() over (partition by child_year_key order by row_number_in_file desc) = 1
