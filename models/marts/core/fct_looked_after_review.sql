-- One row per looked after child and day of a statutory review, in each year that reports it.
with review as (

    select * from {{ ref('int_ssda903__current_review') }}

)

select
    review.looked_after_review_key,
    review.child_year_key,
    review.child_key,
    review.la_code,
    review.collection_year,
    review.reference_date,
    review.load_id,
    review.review_date,
    review.review_participation_code,
    review.review_participation_label,
    participation_group.has_participated
from review
left join {{ ref('config_review_participation_group') }} as participation_group
    on review.review_participation_code = participation_group.code
