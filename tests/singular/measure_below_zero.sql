-- What: a measure counts fewer than nobody.
-- When it matters: always, save for the two that are differences: the net change of children in care, and the places
--       left under the threshold of the transfer scheme.
-- How to resolve: mend the model that fills the cell.
select
    metric_id,
    la_code,
    period_end,
    breakdown,
    breakdown_value,
    numerator
from {{ ref('fct_measure') }}
where numerator < 0 and metric_id not in ('cla_net_change_count', 'uasc_nts_headroom_count')
