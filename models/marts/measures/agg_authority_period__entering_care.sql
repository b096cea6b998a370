-- Counts of children who started to be looked after, by quarter and year, and of their first year in care.
with parameter as (

    select
        max(case when parameter = 'older_entrant_from_age' then value end) as older_entrant_from_age,
        cast(max(case when parameter = 'first_year_days' then value end) as integer) as first_year_days
    from {{ ref('config_looked_after_parameter') }}

),

cell as (

    select * from {{ ref('int_measure__cell') }}
    where
        metric_id in (
            'cla_started_count',
            'cla_started_age_10plus_pct',
            'cla_started_police_protection_pct',
            'adolescent_remand_started_count',
            'placements_in_first_year_mean'
        )

),

-- placements that began in the first 365 days; temporary stays are none of their own
placement_count as (

    select
        care_period.care_period_key,
        count(*) as n_placements
    from {{ ref('fct_care_period') }} as care_period
    cross join parameter
    inner join {{ ref('fct_placement_spell') }} as placement
        on
            care_period.care_period_key = placement.care_period_key
            and not placement.is_temporary
            and {{ days_between('care_period.start_date', 'placement.start_date') }} < parameter.first_year_days
    group by care_period.care_period_key

),

entry as (

    select
        entry.*,
        coalesce(entry.age >= parameter.older_entrant_from_age, false) as is_aged_10_plus,
        police.code is not null as is_under_police_protection,
        remand.code is not null as is_on_remand,
        -- the whole first year lies before the last return
        {{ days_between('entry.start_date', 'entry.data_cutoff_date') }} >= parameter.first_year_days
            as is_first_year_known,
        coalesce(placement_count.n_placements, 0) as n_placements
    from {{ ref('int_measure__looked_after_start') }} as entry
    cross join parameter
    left join {{ ref('config_looked_after_code') }} as police
        on
            entry.legal_status = police.code
            and police.metric_id = 'cla_started_police_protection_pct'
            and police.code_of = 'legal_status'
    left join {{ ref('config_looked_after_code') }} as remand
        on
            entry.legal_status = remand.code
            and remand.metric_id = 'adolescent_remand_started_count'
            and remand.code_of = 'legal_status'
    left join placement_count on entry.care_period_key = placement_count.care_period_key

),

characteristic as (

    {{ by_breakdown(
        'entry',
        ['age_band_cla', 'age_band_adolescent', 'sex', 'ethnic_group', 'uasc', 'legal_status', 'category_of_need']
    ) }}

),

counted as (

    select
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        count(*) filter (where is_first_in_period) as n_started,
        count(*) filter (where is_first_in_period and is_aged_10_plus) as n_aged_10_plus,
        count(*) filter (where is_first_in_period and is_under_police_protection) as n_police_protection,
        count(*) filter (where is_on_remand) as n_on_remand,
        count(*) filter (where is_first_year_known) as n_first_years,
        coalesce(sum(n_placements) filter (where is_first_year_known), 0) as n_placements
    from characteristic
    group by la_code, period_type, period_end, breakdown, breakdown_value

)

select
    cell.metric_id,
    cell.la_code,
    cell.period_type,
    cell.period_end,
    cell.breakdown,
    cell.breakdown_value,
    cast(
        coalesce(
            case cell.metric_id
                when 'cla_started_count' then counted.n_started
                when 'cla_started_age_10plus_pct' then counted.n_aged_10_plus
                when 'cla_started_police_protection_pct' then counted.n_police_protection
                when 'adolescent_remand_started_count' then counted.n_on_remand
                when 'placements_in_first_year_mean' then counted.n_placements
            end,
            0
        ) as bigint
    ) as numerator,
    cast(
        case
            when cell.metric_id in ('cla_started_age_10plus_pct', 'cla_started_police_protection_pct')
                then coalesce(counted.n_started, 0)
            when cell.metric_id = 'placements_in_first_year_mean' then coalesce(counted.n_first_years, 0)
        end as bigint
    ) as denominator
from cell
left join counted
    on
        cell.la_code = counted.la_code
        and cell.period_type = counted.period_type
        and cell.period_end = counted.period_end
        and cell.breakdown = counted.breakdown
        and cell.breakdown_value = counted.breakdown_value
