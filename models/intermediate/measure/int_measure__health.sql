-- Every child looked after for the whole year at 31 March, with the answers on health, misuse and offending (OC2).
with parameter as (

    select
        max(case when parameter = 'sdq_from_age' then value end) as sdq_from_age,
        max(case when parameter = 'sdq_to_age' then value end) as sdq_to_age,
        max(case when parameter = 'sdq_concern_from' then value end) as sdq_concern_from,
        max(case when parameter = 'development_check_under_age' then value end) as development_check_under_age,
        max(case when parameter = 'conviction_from_age' then value end) as conviction_from_age
    from {{ ref('config_looked_after_parameter') }}

),

-- in care since 1 April or before, without a break that would start care anew
whole_year as (

    select
        child.*,
        collection_year.period_start
    from {{ ref('int_measure__looked_after_child') }} as child
    inner join {{ ref('ref_collection_year') }} as collection_year
        on
            child.collection_year = collection_year.collection_year
            and child.period_end = collection_year.period_end
            and child.care_period_start_date <= collection_year.period_start

),

-- a child with a short break in the year is not in the cohort
short_break as (

    select distinct
        whole_year.child_key,
        whole_year.period_end
    from whole_year
    inner join {{ ref('fct_short_break_spell') }} as short_break
        on
            whole_year.child_key = short_break.child_key
            and whole_year.period_end >= short_break.start_date
            and whole_year.period_start <= coalesce(short_break.end_date, whole_year.period_end)

)

select
    whole_year.la_code,
    whole_year.child_key,
    whole_year.person_key,
    whole_year.collection_year,
    whole_year.period_end,
    whole_year.age,
    whole_year.age_band_cla,
    whole_year.sex,
    whole_year.ethnicity_code,
    whole_year.ethnic_group,
    whole_year.uasc,
    health.child_key is not null as has_answers,
    coalesce(whole_year.age < parameter.development_check_under_age, false) as is_development_check_expected,
    coalesce(whole_year.age between parameter.sdq_from_age and parameter.sdq_to_age, false) as is_sdq_expected,
    coalesce(whole_year.age >= parameter.conviction_from_age, false) as is_conviction_counted,
    -- a blank is not a yes
    coalesce(health.has_health_assessment, false) as has_health_assessment,
    coalesce(health.has_immunisations_up_to_date, false) as has_immunisations_up_to_date,
    coalesce(health.has_dental_check, false) as has_dental_check,
    coalesce(health.has_health_surveillance_up_to_date, false) as has_health_surveillance_up_to_date,
    coalesce(health.is_convicted, false) as is_convicted,
    coalesce(health.has_substance_misuse, false) as has_substance_misuse,
    coalesce(health.has_received_intervention, false) as has_received_intervention,
    health.sdq_score,
    coalesce(health.sdq_score >= parameter.sdq_concern_from, false) as is_sdq_of_concern
from whole_year
cross join parameter
left join short_break
    on whole_year.child_key = short_break.child_key and whole_year.period_end = short_break.period_end
left join {{ ref('fct_health') }} as health
    on whole_year.child_key = health.child_key and whole_year.collection_year = health.collection_year
where short_break.child_key is null
