-- Young people of 16 to 25 by status at each snapshot date, those whose status cannot be known apart: care_leavers.md 2.
select
    la_code,
    snapshot_date,
    age,
    status,
    count(*) as n_persons,
    count(*) filter (where uasc_former = 'yes') as n_former_uasc,
    count(*) filter (where is_listed_though_not_qualified) as n_listed_though_not_qualified
from {{ ref('int_measure__care_leaver_status') }}
where age <= 25
group by la_code, snapshot_date, age, status
order by la_code, snapshot_date, age, status
