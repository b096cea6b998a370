-- The travel concession counted by each set of rules: how many may have it, and what keeps the others from it.
select
    la_code,
    snapshot_date,
    rule_set,
    eligible,
    coalesce(reason, 'none') as reason,
    count(*) as n_persons,
    count(*) filter (where is_counted) as n_counted,
    count(*) filter (where uasc_former = 'yes') as n_former_uasc
from {{ ref('fct_travel_concession') }}
group by la_code, snapshot_date, rule_set, eligible, coalesce(reason, 'none')
order by la_code, snapshot_date, rule_set, eligible, reason
