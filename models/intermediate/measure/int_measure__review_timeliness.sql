-- Whether the reviews of a child in care at the end of a quarter have all been on time.
with parameter as (

    select
        cast(max(case when parameter = 'review_cohort_days' then value end) as integer) as review_cohort_days,
        cast(max(case when parameter = 'first_review_working_days' then value end) as integer)
            as first_review_working_days,
        cast(max(case when parameter = 'second_review_days' then value end) as integer) as second_review_days,
        cast(max(case when parameter = 'later_review_days' then value end) as integer) as later_review_days
    from {{ ref('config_looked_after_parameter') }}

),

-- how far back reviews and episodes are told without a missing year
snapshot as (

    select
        review.la_code,
        review.period_end,
        known_year.period_start as known_since_date
    from {{ ref('int_measure__period') }} as review
    inner join {{ ref('int_measure__period') }} as episode
        on
            review.la_code = episode.la_code
            and review.period_type = episode.period_type
            and review.period_end = episode.period_end
            and episode.dataset = 'ssda903.episodes'
    inner join {{ ref('ref_collection_year') }} as known_year
        on
            review.collection_year - least(review.n_years_before, episode.n_years_before)
            = known_year.collection_year
    where review.dataset = 'ssda903.reviews' and review.period_type = 'snapshot'

),

child as (

    select
        child.la_code,
        child.child_key,
        child.period_end,
        child.care_period_key,
        child.care_period_start_date,
        snapshot.known_since_date,
        -- care that began before is tested on known gaps only
        care_period.is_start_a_start_of_care
        and child.care_period_start_date >= snapshot.known_since_date as is_start_known
    from {{ ref('int_measure__looked_after_child') }} as child
    cross join parameter
    inner join snapshot on child.la_code = snapshot.la_code and child.period_end = snapshot.period_end
    inner join {{ ref('fct_care_period') }} as care_period on child.care_period_key = care_period.care_period_key
    where {{ days_between('child.care_period_start_date', 'child.period_end') }} >= parameter.review_cohort_days

),

-- Each stretch of time with the days it took and the days it may take: up to a review, and from the last review to
-- the day. Where the start is not known, the first stretch begins with what is told: if that alone is too long, the
-- review was late whatever went before.
-- (Where it is known, no review of the period of care lies before the first day that is told.)
stretch as (

    select
        child.la_code,
        child.child_key,
        child.period_end,
        child.is_start_known,
        review.review_number,
        case
            when child.is_start_known or review.previous_review_date >= child.known_since_date
                then coalesce(review.previous_review_date, child.care_period_start_date)
            else greatest(child.care_period_start_date, child.known_since_date)
        end as from_date,
        coalesce(review.review_date, child.period_end) as to_date,
        coalesce(review.review_number, 1) as number_due
    from child
    left join {{ ref('int_measure__looked_after_review') }} as review
        on
            child.care_period_key = review.care_period_key
            and child.period_end >= review.review_date
            and child.known_since_date <= review.review_date

    union all

    -- from the last review to the day
    select
        child.la_code,
        child.child_key,
        child.period_end,
        child.is_start_known,
        max(review.review_number) as review_number,
        max(review.review_date) as from_date,
        child.period_end as to_date,
        max(review.review_number) + 1 as number_due
    from child
    inner join {{ ref('int_measure__looked_after_review') }} as review
        on
            child.care_period_key = review.care_period_key
            and child.period_end >= review.review_date
            and child.known_since_date <= review.review_date
    group by child.la_code, child.child_key, child.period_end, child.is_start_known

)

select
    stretch.la_code,
    stretch.child_key,
    stretch.period_end,
    cast(count(distinct stretch.review_number) as integer) as n_reviews,
    bool_and(
        case
            when stretch.is_start_known and stretch.number_due = 1
                then
                    to_day.working_day_number - from_day.working_day_number <= parameter.first_review_working_days
            when stretch.is_start_known and stretch.number_due = 2
                then {{ days_between('stretch.from_date', 'stretch.to_date') }} <= parameter.second_review_days
            else {{ days_between('stretch.from_date', 'stretch.to_date') }} <= parameter.later_review_days
        end
    ) as are_reviews_on_time
from stretch
cross join parameter
-- left joins: as inner ones the calendar is first multiplied by itself
left join {{ ref('int_calendar__working_day') }} as from_day on stretch.from_date = from_day.calendar_date
left join {{ ref('int_calendar__working_day') }} as to_day on stretch.to_date = to_day.calendar_date
group by stretch.la_code, stretch.child_key, stretch.period_end
