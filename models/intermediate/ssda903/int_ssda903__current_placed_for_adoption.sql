-- The decisions to place for adoption in the current returns: one row per child, year and decision date.
with decision as (

    select * from {{ ref('stg_ssda903__placed_for_adoption') }}

),

submission as (

    select * from {{ ref('int_submission__current') }}

),

keyed as (

    select
        {{ surrogate_key([
            'decision.child_key', 'decision.collection_year', date_or_row('decision', 'placement_decision_date')
        ]) }} as placement_decision_key,
        {{ surrogate_key(['decision.child_key', 'decision.collection_year']) }} as child_year_key,
        submission.reference_date,
        decision.*
    from decision
    inner join submission on decision.load_id = submission.load_id

)

-- the same decision date twice for a child: the last stands
select * from keyed
qualify row_number() over (partition by placement_decision_key order by row_number_in_file desc) = 1
