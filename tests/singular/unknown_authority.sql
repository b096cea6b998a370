-- What: a file was taken for an authority that the list of authorities does not know.
-- When it matters: always; the loaders refuse such a file, so our own list has lost an authority.
-- How to resolve: put the authority back into seeds/reference/ref_authority.csv.
select
    submission.la_code,
    count(*) as n_submissions
from {{ source('ledger', 'load') }} as submission
left join {{ ref('ref_authority') }} as authority on submission.la_code = authority.la_code
where
    submission.status in ('accepted', 'superseded')
    and authority.la_code is null
group by submission.la_code
