-- Every statutory review, once over all returns, in the period of care it belongs to, with the review before it.
with review as (

    -- some systems send all reviews since the start of care every year: one row a day, the later return wins
    select
        child_key,
        la_code,
        review_date,
        review_participation_code,
        has_participated
    from {{ ref('fct_looked_after_review') }}
    where review_date is not null
    qualify row_number() over (partition by child_key, review_date order by collection_year desc) = 1

),

-- a review on the day one period of care ends and another begins belongs to the earlier
in_period as (

    select
        review.*,
        care_period.care_period_key
    from review
    left join {{ ref('fct_care_period') }} as care_period
        on
            review.child_key = care_period.child_key
            and review.review_date >= care_period.start_date
            and review.review_date <= coalesce(care_period.end_date, date '9999-12-31')
    qualify
        row_number() over (partition by review.child_key, review.review_date order by care_period.start_date) = 1

)

select
    in_period.la_code,
    in_period.child_key,
    in_period.review_date,
    in_period.review_participation_code,
    in_period.has_participated,
    in_period.care_period_key,
    case
        when in_period.care_period_key is not null
            then cast(
                row_number() over (partition by in_period.care_period_key order by in_period.review_date) as integer
            )
    end as review_number,
    case
        when in_period.care_period_key is not null
            then lag(in_period.review_date) over (
                partition by in_period.care_period_key order by in_period.review_date
            )
    end as previous_review_date,
    cast({{ age_at('child.birth_month', 'in_period.review_date') }} as integer) as age,
    {{ age_band_cla('child.birth_month', 'in_period.review_date') }} as age_band_cla
from in_period
left join {{ ref('int_measure__child') }} as child
    on in_period.child_key = child.child_key and child.return_name = 'ssda903'
