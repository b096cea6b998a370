-- What: a sum for London or a sub-region has authorities in its denominator of which the numerator cannot be known.
-- When it matters: always; the share of the area would be too low, and would rise as authorities become known.
-- How to resolve: in the model of the subject, what cannot be known is null on both sides.
select
    metric_id,
    period_type,
    period_end,
    breakdown,
    breakdown_value
from {{ ref('int_measure__authority_value') }}
group by metric_id, period_type, period_end, breakdown, breakdown_value
having
    count(numerator) > 0
    and count(denominator) > count(numerator)
