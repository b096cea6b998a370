-- Which series of child numbers each return of an authority uses in each year, and which return is the later of two.
with submission as (

    select
        return_name,
        la_code,
        collection_year,
        max(reference_date) as reference_date,
        max(coalesce(submission_stamp, '')) as submission_stamp
    from {{ ref('int_submission__current') }}
    group by return_name, la_code, collection_year

),

configured as (

    select * from {{ ref('config_case_number_family') }}

),

numbered as (

    select
        submission.*,
        -- a return that no row speaks of numbers its children apart (timelines.md 2.1)
        coalesce(configured.family, submission.return_name) as family
    from submission
    left join configured
        on
            submission.return_name = configured.return_name
            and (configured.la_code is null or submission.la_code = configured.la_code)
            and submission.collection_year >= configured.first_year
            and (configured.last_year is null or submission.collection_year <= configured.last_year)
    qualify
        row_number() over (
            partition by submission.return_name, submission.la_code, submission.collection_year
            -- the authority's own row first, then the newest
            order by case when configured.la_code is null then 1 else 0 end, configured.first_year desc
        ) = 1

)

select
    return_name,
    la_code,
    collection_year,
    family,
    -- the family of the authority's first return: its children keep their child_key as key
    family = first_value(family) over (
        partition by la_code order by collection_year asc, family asc
        rows between unbounded preceding and unbounded following
    ) as is_first_family,
    -- timelines.md 3: by reference date, then the stamp inside the file. What ties goes by name, the census after the
    -- looked after return and the authority of the smaller number last: load numbers tell in which order files arrived,
    -- and that must change nothing
    cast(
        row_number() over (
            order by reference_date asc, submission_stamp asc, return_name desc, la_code desc, collection_year asc
        ) as integer
    ) as told_order
from numbered
