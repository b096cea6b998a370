-- Every incident of being missing or away, once for each quarter and year it reaches into.
with period as (

    select * from {{ ref('int_measure__period') }}
    where dataset = 'ssda903.missing' and period_type in ('quarter', 'year')

),

incident as (

    select
        period.collection_year,
        period.period_type,
        period.period_start,
        period.period_end,
        incident.missing_from_care_spell_key,
        incident.la_code,
        incident.child_key,
        incident.person_key,
        incident.missing_type_code,
        incident.start_date,
        incident.end_date,
        -- ended in the period, on a day that was told
        incident.end_source = 'reported' and incident.end_date between period.period_start and period.period_end
            as is_ended_in_period,
        {{ days_between('incident.start_date', 'incident.end_date') }} as days_missing
    from period
    inner join {{ ref('fct_missing_from_care_spell') }} as incident
        on
            period.la_code = incident.la_code
            and period.period_end >= incident.start_date
            and period.period_start <= coalesce(incident.end_effective_date, period.period_end)

)

-- The age is that of the child in the count of children in care in the period, so that incidents and children match;
-- without that, the age on the day of the incident.
select
    incident.la_code,
    incident.child_key,
    incident.person_key,
    incident.collection_year,
    incident.period_type,
    incident.period_start,
    incident.period_end,
    incident.missing_from_care_spell_key,
    incident.missing_type_code,
    incident.start_date,
    incident.end_date,
    coalesce(incident.is_ended_in_period, false) as is_ended_in_period,
    incident.days_missing,
    any_time.child_key is not null as is_looked_after_in_period,
    coalesce(any_time.age_band_cla, {{ age_band_cla('child.birth_month', 'incident.start_date') }}) as age_band_cla
from incident
left join {{ ref('int_measure__looked_after_any_time') }} as any_time
    on
        incident.child_key = any_time.child_key
        and incident.period_type = any_time.period_type
        and incident.period_end = any_time.period_end
left join {{ ref('int_measure__child') }} as child
    on incident.child_key = child.child_key and child.return_name = 'ssda903'
