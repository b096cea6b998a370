-- The disabilities of the current submissions: one row per child, year and code.
with disability as (

    select * from {{ ref('stg_cin_census__child_disability') }}
    where disability_code is not null

),

submission as (

    select * from {{ ref('int_submission__current') }}

),

keyed as (

    select
        {{ surrogate_key(['disability.child_key', 'disability.collection_year']) }} as child_year_key,
        submission.reference_date,
        disability.*
    from disability
    inner join submission on disability.load_id = submission.load_id

)

-- the same code twice for a child: the last stands
select * from keyed
qualify row_number() over (partition by child_year_key, disability_code order by row_number_in_file desc) = 1
