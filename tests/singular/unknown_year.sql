-- What: a return came for a year that the calendar of collection years does not hold.
-- When it matters: measures of that year have no period to stand in, and its codes are judged by the newest lists.
-- How to resolve: add the year to seeds/reference/ref_collection_year.csv, the new layout to loaders/specs and seeds.
{{ config(severity='warn') }}
select
    submission.return_name,
    submission.collection_year,
    count(*) as n_submissions
from {{ ref('int_submission__current') }} as submission
left join {{ ref('ref_collection_year') }} as known on submission.collection_year = known.collection_year
where known.collection_year is null
group by submission.return_name, submission.collection_year
