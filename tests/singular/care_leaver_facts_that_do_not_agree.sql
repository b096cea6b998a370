-- What: our own facts about care leavers are not whole: no default set of rules or two, a band of placements that the
--       breakdown does not know, or bands that leave a number out.
-- When it matters: always; measures would be empty, doubled, or lose somebody.
-- How to resolve: mend seeds/config/config_concession_rule_set.csv, config_placement_count_band.csv or
--       config_breakdown.csv.
select 'default set of rules' as fact
from {{ ref('config_concession_rule_set') }}
having count(distinct case when is_default then rule_set end) <> 1

union all

select 'band of placements' as fact
from {{ ref('config_placement_count_band') }} as band
full outer join (
    select breakdown_value
    from {{ ref('config_breakdown') }}
    where breakdown = 'placement_count_band'
) as breakdown on band.placement_count_band = breakdown.breakdown_value
where band.placement_count_band is null or breakdown.breakdown_value is null

union all

select 'bounds of the bands of placements' as fact
from (
    select
        minimum_placements,
        lag(maximum_placements) over (order by minimum_placements) as former_maximum
    from {{ ref('config_placement_count_band') }}
) as band
where minimum_placements <> coalesce(former_maximum, -1) + 1

union all

select 'kind of accommodation' as fact
from (
    select distinct accommodation_type_code
    from {{ ref('config_accommodation_group') }}
) as grouped
full outer join (
    select breakdown_value
    from {{ ref('config_breakdown') }}
    where breakdown = 'accommodation_type'
) as breakdown on grouped.accommodation_type_code = breakdown.breakdown_value
where grouped.accommodation_type_code is null or breakdown.breakdown_value is null
