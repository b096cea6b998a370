-- The social worker allocations of the current returns: one row per child, year and start date.
with allocation as (

    select * from {{ ref('stg_ssda903__social_worker') }}

),

submission as (

    select * from {{ ref('int_submission__current') }}

),

keyed as (

    select
        {{ surrogate_key([
            'allocation.child_key', 'allocation.collection_year', date_or_row('allocation', 'allocation_start_date')
        ]) }} as social_worker_allocation_key,
        {{ surrogate_key(['allocation.child_key', 'allocation.collection_year']) }} as child_year_key,
        submission.reference_date,
        allocation.*
    from allocation
    inner join submission on allocation.load_id = submission.load_id

)

-- the same start twice for a child: the last stands
select * from keyed
qualify row_number() over (partition by social_worker_allocation_key order by row_number_in_file desc) = 1
