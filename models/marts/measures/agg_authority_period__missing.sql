-- Counts of children missing or away from care, and of their incidents, by quarter and year.
with parameter as (

    select max(case when parameter = 'missing_over_days' then value end) as missing_over_days
    from {{ ref('config_looked_after_parameter') }}

),

cell as (

    select * from {{ ref('int_measure__cell') }}
    where
        metric_id in (
            'cla_missing_children_pct',
            'cla_away_children_pct',
            'cla_missing_incidents_count',
            'cla_missing_incidents_per_child',
            'cla_missing_over_24h_pct'
        )

),

-- an incident under each measure that counts its kind
incident as (

    select
        incident.*,
        looked_after_code.metric_id,
        incident.is_ended_in_period and incident.days_missing >= parameter.missing_over_days as is_over_24_hours
    from {{ ref('int_measure__missing_incident') }} as incident
    cross join parameter
    inner join {{ ref('config_looked_after_code') }} as looked_after_code
        on incident.missing_type_code = looked_after_code.code and looked_after_code.code_of = 'missing_type'

),

characteristic_of_incident as (

    {{ by_breakdown('incident', ['age_band_cla']) }}

),

incident_count as (

    select
        metric_id,
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        count(*) as n_incidents,
        count(*) filter (where is_ended_in_period) as n_ended,
        count(*) filter (where is_over_24_hours) as n_over_24_hours
    from characteristic_of_incident
    group by metric_id, la_code, period_type, period_end, breakdown, breakdown_value

),

-- children in care at any time of the period, missing, away, both or neither
absent_child as (

    select
        child_key,
        period_type,
        period_end,
        bool_or(metric_id = 'cla_missing_children_pct') as is_missing,
        bool_or(metric_id = 'cla_away_children_pct') as is_away
    from incident
    group by child_key, period_type, period_end

),

child as (

    select
        any_time.*,
        coalesce(absent_child.is_missing, false) as is_missing,
        coalesce(absent_child.is_away, false) as is_away
    from {{ ref('int_measure__looked_after_any_time') }} as any_time
    left join absent_child
        on
            any_time.child_key = absent_child.child_key
            and any_time.period_type = absent_child.period_type
            and any_time.period_end = absent_child.period_end

),

characteristic_of_child as (

    {{ by_breakdown('child', ['age_band_cla', 'sex', 'ethnic_group', 'placement_group']) }}

),

child_count as (

    select
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        count(*) as n_children,
        count(*) filter (where is_missing) as n_missing,
        count(*) filter (where is_away) as n_away
    from characteristic_of_child
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
                when 'cla_missing_children_pct' then child_count.n_missing
                when 'cla_away_children_pct' then child_count.n_away
                when 'cla_missing_over_24h_pct' then incident_count.n_over_24_hours
                else incident_count.n_incidents
            end,
            0
        ) as bigint
    ) as numerator,
    cast(
        case cell.metric_id
            when 'cla_missing_children_pct' then coalesce(child_count.n_children, 0)
            when 'cla_away_children_pct' then coalesce(child_count.n_children, 0)
            when 'cla_missing_incidents_per_child' then coalesce(child_count.n_missing, 0)
            when 'cla_missing_over_24h_pct' then coalesce(incident_count.n_ended, 0)
        end as bigint
    ) as denominator
from cell
left join child_count
    on
        cell.la_code = child_count.la_code
        and cell.period_type = child_count.period_type
        and cell.period_end = child_count.period_end
        and cell.breakdown = child_count.breakdown
        and cell.breakdown_value = child_count.breakdown_value
left join incident_count
    on
        cell.metric_id = incident_count.metric_id
        and cell.la_code = incident_count.la_code
        and cell.period_type = incident_count.period_type
        and cell.period_end = incident_count.period_end
        and cell.breakdown = incident_count.breakdown
        and cell.breakdown_value = incident_count.breakdown_value
