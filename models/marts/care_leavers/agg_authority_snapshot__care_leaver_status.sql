-- Young people of 16 to 25 by status at each snapshot date, an unknown status apart: care_leavers.md 2.
select
    la_code,
    snapshot_date,
    age,
    status,
    count(*) as n_persons,
    count(*) filter (where uasc_former = 'yes') as n_former_uasc
from {{ ref('int_measure__care_leaver_status') }}
where age <= 25
group by la_code, snapshot_date, age, status
order by la_code, snapshot_date, age, status
