-- The deprivation of liberty orders of the current returns: one row per child, year and start date.
with dolo as (

    select * from {{ ref('stg_ssda903__dolo') }}

),

submission as (

    select * from {{ ref('int_submission__current') }}

),

keyed as (

    select
        {{ surrogate_key([
            'dolo.child_key', 'dolo.collection_year', date_or_row('dolo', 'order_start_date')
        ]) }} as deprivation_of_liberty_order_key,
        {{ surrogate_key(['dolo.child_key', 'dolo.collection_year']) }} as child_year_key,
        submission.reference_date,
        dolo.*
    from dolo
    inner join submission on dolo.load_id = submission.load_id

)

-- the same start twice for a child: the last stands
select * from keyed
qualify row_number() over (partition by deprivation_of_liberty_order_key order by row_number_in_file desc) = 1
