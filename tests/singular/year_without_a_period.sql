-- What: a return of a collection year arrived that ref_collection_year does not hold.
-- When it matters: always; nothing of that year would be measured.
-- How to resolve: add the year with its first and last day to seeds/reference/ref_collection_year.csv.
select distinct
    submission.return_name,
    submission.collection_year
from {{ ref('int_submission__current') }} as submission
left join {{ ref('ref_collection_year') }} as collection_year
    on submission.collection_year = collection_year.collection_year
where collection_year.collection_year is null
