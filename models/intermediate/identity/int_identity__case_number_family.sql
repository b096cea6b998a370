-- Which series of child numbers each return of an authority uses in each year.
with submission as (

    select distinct
        return_name,
        la_code,
        collection_year
    from {{ ref('int_submission__current') }}

),

configured as (

    select * from {{ ref('config_case_number_family') }}

)

select
    submission.return_name,
    submission.la_code,
    submission.collection_year,
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
