-- The health and offending outcomes of the current returns: one row per child and year.
with oc2 as (

    select * from {{ ref('stg_ssda903__oc2') }}

),

submission as (

    select * from {{ ref('int_submission__current') }}

),

keyed as (

    select
        {{ surrogate_key(['oc2.child_key', 'oc2.collection_year']) }} as child_year_key,
        submission.reference_date,
        oc2.*
    from oc2
    inner join submission on oc2.load_id = submission.load_id

)

-- the same child twice in one file: the last stands
select * from keyed
qualify row_number() over (partition by child_year_key order by row_number_in_file desc) = 1
