-- Permanence before this period of care in the current returns: one row per child and year.
with previous_permanence as (

    select * from {{ ref('stg_ssda903__previous_permanence') }}

),

submission as (

    select * from {{ ref('int_submission__current') }}

),

keyed as (

    select
        {{ surrogate_key(['previous_permanence.child_key', 'previous_permanence.collection_year']) }} as child_year_key,
        submission.reference_date,
        previous_permanence.*
    from previous_permanence
    inner join submission on previous_permanence.load_id = submission.load_id

)

-- the same child twice in one file: the last stands
select * from keyed
qualify row_number() over (partition by child_year_key order by row_number_in_file desc) = 1
