-- The unaccompanied asylum-seeking children of the current returns: one row per child and year.
with uasc as (

    select * from {{ ref('stg_ssda903__uasc') }}

),

submission as (

    select * from {{ ref('int_submission__current') }}

),

keyed as (

    select
        {{ surrogate_key(['uasc.child_key', 'uasc.collection_year']) }} as child_year_key,
        submission.reference_date,
        uasc.*
    from uasc
    inner join submission on uasc.load_id = submission.load_id

)

-- the same child twice in one file: the last stands
select * from keyed
qualify row_number() over (partition by child_year_key order by row_number_in_file desc) = 1
