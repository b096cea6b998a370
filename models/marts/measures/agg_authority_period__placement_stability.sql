-- Counts of how often children in care move, and of placements in secure homes, custody or on remand.
with parameter as (

    select
        cast(max(case when parameter = 'long_term_care_months' then value end) as integer) as long_term_care_months,
        cast(max(case when parameter = 'long_term_placement_months' then value end) as integer)
            as long_term_placement_months,
        max(case when parameter = 'long_term_under_age' then value end) as long_term_under_age,
        max(case when parameter = 'many_placements_from' then value end) as many_placements_from
    from {{ ref('config_looked_after_parameter') }}

),

-- how far back a measure looks, and from when the returns tell everything without a gap
cell as (

    select
        cell.*,
        cell.metric_id = 'secure_or_remand_started_count'
        or known_year.period_start <= {{ days_later(
            "cast(cell.period_end - case cell.metric_id
                when 'cla_3plus_placements_pct' then 12
                when 'cla_placement_count_2years_3plus_pct' then parameter.long_term_placement_months
                else parameter.long_term_care_months
            end * interval 1 month as date)",
            1
        ) }} as is_known
    from {{ ref('int_measure__cell') }} as cell
    cross join parameter
    inner join {{ ref('ref_collection_year') }} as known_year
        on cell.collection_year - cell.n_years_before = known_year.collection_year
    where
        cell.metric_id in (
            'cla_3plus_placements_pct',
            'cla_long_term_stability_pct',
            'cla_placement_count_2years_3plus_pct',
            'secure_or_remand_started_count'
        )

),

child as (

    select
        child.*,
        child.placement_count_12_months >= parameter.many_placements_from as has_moved_often,
        child.age < parameter.long_term_under_age
        and child.care_period_start_date
        <= cast(child.period_end - parameter.long_term_care_months * interval 1 month as date) as is_long_term,
        -- calendar months; placed for adoption, the placement before counts too: the care period has no gap
        child.placement_start_date
        <= cast(child.period_end - parameter.long_term_placement_months * interval 1 month as date)
        or (
            adoptive.code is not null
            and child.previous_placement_start_date
            <= cast(child.period_end - parameter.long_term_placement_months * interval 1 month as date)
        ) as is_stable,
        child.care_period_start_date
        <= cast(child.period_end - parameter.long_term_placement_months * interval 1 month as date) as is_two_years,
        child.placement_count_24_months >= parameter.many_placements_from as has_moved_often_in_two_years
    from {{ ref('int_measure__looked_after_child') }} as child
    cross join parameter
    left join {{ ref('config_looked_after_code') }} as adoptive
        on
            child.placement_group = adoptive.code
            and adoptive.metric_id = 'cla_long_term_stability_pct'
            and adoptive.code_of = 'placement_group'

),

characteristic as (

    {{ by_breakdown('child', ['age_band_cla', 'sex', 'ethnic_group', 'uasc', 'placement_group']) }}

),

counted as (

    select
        la_code,
        period_end,
        breakdown,
        breakdown_value,
        count(*) as n_open,
        count(*) filter (where has_moved_often) as n_moved_often,
        count(*) filter (where is_long_term) as n_long_term,
        count(*) filter (where is_long_term and is_stable) as n_stable,
        count(*) filter (where is_two_years) as n_two_years,
        count(*) filter (where is_two_years and has_moved_often_in_two_years) as n_moved_often_in_two_years
    from characteristic
    group by la_code, period_end, breakdown, breakdown_value

),

-- Placements that began in a secure home or in custody, or on remand. A change of legal status or a temporary stay
-- begins no placement.
secure_placement as (

    select distinct
        placement.la_code,
        placement.placement_spell_key,
        placement.start_date
    from {{ ref('fct_placement_spell') }} as placement
    inner join {{ ref('fct_episode_spell') }} as episode
        on
            placement.placement_spell_key = episode.placement_spell_key
            and placement.start_date = episode.start_date
    inner join {{ ref('config_looked_after_code') }} as looked_after_code
        on
            looked_after_code.metric_id = 'secure_or_remand_started_count'
            and (
                (looked_after_code.code_of = 'placement_type' and episode.placement_type_code = looked_after_code.code)
                or (looked_after_code.code_of = 'legal_status' and episode.legal_status_code = looked_after_code.code)
            )
    where not placement.is_temporary

),

secure_count as (

    select
        period.la_code,
        period.period_type,
        period.period_end,
        count(*) as n_started
    from (
        select distinct
            la_code,
            period_type,
            period_start,
            period_end
        from cell
        where metric_id = 'secure_or_remand_started_count'
    ) as period
    inner join secure_placement
        on
            period.la_code = secure_placement.la_code
            and period.period_start <= secure_placement.start_date
            and period.period_end >= secure_placement.start_date
    group by period.la_code, period.period_type, period.period_end

)

-- without the look-back nothing is known, which is not 0
select
    cell.metric_id,
    cell.la_code,
    cell.period_type,
    cell.period_end,
    cell.breakdown,
    cell.breakdown_value,
    cast(
        case
            when not cell.is_known then null
            when cell.metric_id = 'cla_3plus_placements_pct' then coalesce(counted.n_moved_often, 0)
            when cell.metric_id = 'cla_long_term_stability_pct' then coalesce(counted.n_stable, 0)
            when cell.metric_id = 'cla_placement_count_2years_3plus_pct'
                then coalesce(counted.n_moved_often_in_two_years, 0)
            when cell.metric_id = 'secure_or_remand_started_count' then coalesce(secure_count.n_started, 0)
        end as bigint
    ) as numerator,
    cast(
        case
            when not cell.is_known then null
            when cell.metric_id = 'cla_3plus_placements_pct' then coalesce(counted.n_open, 0)
            when cell.metric_id = 'cla_long_term_stability_pct' then coalesce(counted.n_long_term, 0)
            when cell.metric_id = 'cla_placement_count_2years_3plus_pct' then coalesce(counted.n_two_years, 0)
        end as bigint
    ) as denominator
from cell
left join counted
    on
        cell.la_code = counted.la_code
        and cell.period_end = counted.period_end
        and cell.breakdown = counted.breakdown
        and cell.breakdown_value = counted.breakdown_value
left join secure_count
    on
        cell.la_code = secure_count.la_code
        and cell.period_type = secure_count.period_type
        and cell.period_end = secure_count.period_end
