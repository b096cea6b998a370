-- What: activity or accommodation of care leavers does not make up the cohort, or somebody is in no band or in two.
-- When it matters: always (care_leavers.md 8); shares that should sum to 100 would not.
-- How to resolve: a code stands in two groups or in none (config_activity_group, config_accommodation_group), or
--       config_age_band has bands that overlap.
select
    child_key,
    collection_year
from {{ ref('int_measure__care_leaver') }}
group by child_key, collection_year
having
    count(*) <> 1
    or sum(
        case when is_eet then 1 else 0 end
        + case when is_neet then 1 else 0 end
        + case when is_activity_unknown then 1 else 0 end
    ) <> 1
    or sum(
        case when is_suitable then 1 else 0 end
        + case when is_unsuitable then 1 else 0 end
        + case when is_suitability_unknown then 1 else 0 end
    ) <> 1
    or max(case when (is_higher_education or is_apprenticeship) and not is_eet then 1 else 0 end) = 1

union all

-- the same of the counts: the three shares of activity over the cohort
select
    la_code as child_key,
    cast(extract(year from period_end) as integer) as collection_year
from {{ ref('agg_authority_period__care_leaver') }}
where
    metric_id in (
        'care_leavers_count',
        'care_leavers_eet_pct',
        'care_leavers_neet_pct',
        'care_leavers_activity_unknown_pct'
    )
group by la_code, period_end, breakdown, breakdown_value
having
    sum(case when metric_id = 'care_leavers_count' then numerator else -numerator end) <> 0
