-- The looked after reviews of the current returns: one row per child, year and review date.
with review as (

    select * from {{ ref('stg_ssda903__review') }}

),

submission as (

    select * from {{ ref('int_submission__current') }}

),

keyed as (

    select
        {{ surrogate_key([
            'review.child_key', 'review.collection_year', date_or_row('review', 'review_date')
        ]) }} as looked_after_review_key,
        {{ surrogate_key(['review.child_key', 'review.collection_year']) }} as child_year_key,
        submission.reference_date,
        review.*
    from review
    inner join submission on review.load_id = submission.load_id

)

-- the same day twice for a child: the last stands
select * from keyed
qualify row_number() over (partition by looked_after_review_key order by row_number_in_file desc) = 1
