-- Counts of reviews of children in care, and of how many social workers they had in a year.
with parameter as (

    select
        max(case when parameter = 'many_social_workers_from' then value end) as many_social_workers_from,
        max(case when parameter = 'participation_from_age' then value end) as participation_from_age
    from {{ ref('config_looked_after_parameter') }}

),

cell as (

    select * from {{ ref('int_measure__cell') }}
    where
        metric_id in ('cla_social_workers_3plus_pct', 'cla_reviews_on_time_pct', 'cla_review_participation_pct')

),

-- workers of the year, also those allocated before the child was looked after; back to a former worker adds none
worker_count as (

    select
        worker.child_key,
        worker.collection_year,
        count(distinct worker.worker_key) as n_workers
    from {{ ref('fct_social_worker_allocation') }} as worker
    inner join {{ ref('ref_collection_year') }} as collection_year
        on
            worker.collection_year = collection_year.collection_year
            and worker.allocation_start_date <= collection_year.period_end
            and coalesce(worker.allocation_end_date, collection_year.period_end) >= collection_year.period_start
    group by worker.child_key, worker.collection_year

),

-- children in care at the end of the year
child as (

    select
        child.la_code,
        child.period_end,
        child.age_band_cla,
        coalesce(worker_count.n_workers >= parameter.many_social_workers_from, false) as has_many_workers
    from {{ ref('int_measure__looked_after_child') }} as child
    cross join parameter
    inner join {{ ref('ref_collection_year') }} as collection_year
        on
            child.collection_year = collection_year.collection_year
            and child.period_end = collection_year.period_end
    left join worker_count
        on child.child_key = worker_count.child_key and child.collection_year = worker_count.collection_year

),

characteristic_of_child as (

    {{ by_breakdown('child', ['age_band_cla']) }}

),

-- children old enough to take part on the day of the review; PN0 says they were not
review as (

    select
        review.la_code,
        review.review_date,
        review.age_band_cla,
        review.has_participated
    from {{ ref('int_measure__looked_after_review') }} as review
    cross join parameter
    where
        review.review_participation_code is distinct from 'PN0'
        and coalesce(review.age >= parameter.participation_from_age, review.review_participation_code is not null)

),

characteristic_of_review as (

    {{ by_breakdown('review', ['age_band_cla']) }}

),

year_of_review as (

    select distinct
        la_code,
        period_type,
        period_start,
        period_end
    from cell
    where metric_id = 'cla_review_participation_pct'

),

counted as (

    select
        'cla_social_workers_3plus_pct' as metric_id,
        la_code,
        'year' as period_type,
        period_end,
        breakdown,
        breakdown_value,
        count(*) filter (where has_many_workers) as numerator,
        count(*) as denominator
    from characteristic_of_child
    group by la_code, period_end, breakdown, breakdown_value

    union all

    select
        'cla_reviews_on_time_pct' as metric_id,
        la_code,
        'snapshot' as period_type,
        period_end,
        'total' as breakdown,
        'total' as breakdown_value,
        count(*) filter (where are_reviews_on_time) as numerator,
        count(*) as denominator
    from {{ ref('int_measure__review_timeliness') }}
    group by la_code, period_end

    union all

    select
        'cla_review_participation_pct' as metric_id,
        year_of_review.la_code,
        year_of_review.period_type,
        year_of_review.period_end,
        characteristic_of_review.breakdown,
        characteristic_of_review.breakdown_value,
        count(*) filter (where characteristic_of_review.has_participated) as numerator,
        count(*) as denominator
    from year_of_review
    inner join characteristic_of_review
        on
            year_of_review.la_code = characteristic_of_review.la_code
            and year_of_review.period_start <= characteristic_of_review.review_date
            and year_of_review.period_end >= characteristic_of_review.review_date
    group by
        year_of_review.la_code,
        year_of_review.period_type,
        year_of_review.period_end,
        characteristic_of_review.breakdown,
        characteristic_of_review.breakdown_value

)

select
    cell.metric_id,
    cell.la_code,
    cell.period_type,
    cell.period_end,
    cell.breakdown,
    cell.breakdown_value,
    cast(coalesce(counted.numerator, 0) as bigint) as numerator,
    cast(coalesce(counted.denominator, 0) as bigint) as denominator
from cell
left join counted
    on
        cell.metric_id = counted.metric_id
        and cell.la_code = counted.la_code
        and cell.period_type = counted.period_type
        and cell.period_end = counted.period_end
        and cell.breakdown = counted.breakdown
        and cell.breakdown_value = counted.breakdown_value
