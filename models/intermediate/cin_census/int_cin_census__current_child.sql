-- The children of the current submissions: one row per child, authority and year.
with child as (

    select * from {{ ref('stg_cin_census__child') }}

),

submission as (

    select * from {{ ref('int_submission__current') }}

),

keyed as (

    select
        {{ surrogate_key(['child.child_key', 'child.collection_year']) }} as child_year_key,
        submission.reference_date,
        child.*
    from child
    inner join submission on child.load_id = submission.load_id

)

-- the same child twice in one file: the last stands
select * from keyed
qualify row_number() over (partition by child_year_key order by row_number_in_file desc) = 1
