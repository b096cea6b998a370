-- The care leavers of the current returns: one row per young person and year.
with oc3 as (

    select * from {{ ref('stg_ssda903__oc3') }}

),

submission as (

    select * from {{ ref('int_submission__current') }}

),

keyed as (

    select
        {{ surrogate_key(['oc3.child_key', 'oc3.collection_year']) }} as child_year_key,
        submission.reference_date,
        oc3.*
    from oc3
    inner join submission on oc3.load_id = submission.load_id

)

-- the same young person twice in one file: the last stands
select * from keyed
qualify row_number() over (partition by child_year_key order by row_number_in_file desc) = 1
