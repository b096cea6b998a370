-- Who can be a care leaver: one row per person with care, a short break or a row as care leaver in any return loaded,
-- and with a birth month (care_leavers.md 1).
with care as (

    select
        person_key,
        max(window_start_date) as window_start_date
    from {{ ref('fct_care_period') }}
    group by person_key

),

short_break as (

    select distinct person_key
    from {{ ref('fct_short_break_spell') }}

),

-- A return that lists a care leaver says that the care was enough by the birthday the row is about; from 18 on no night
-- can be added, so that a row at 19 or later says so of the 18th birthday.
care_leaver as (

    select
        person_key,
        min(least(coalesce(age_at_reference_date, 18), 18)) as listed_from_age
    from {{ ref('fct_care_leaver_year') }}
    group by person_key

),

uasc as (

    select distinct person_key
    from {{ ref('fct_uasc_spell') }}

),

known as (

    select person_key from care
    union
    select person_key from short_break
    union
    select person_key from care_leaver

)

select
    person.person_key,
    person.birth_month,
    person.death_month,
    cast(person.birth_month + interval 14 year as date) as birthday_14_date,
    cast(person.birth_month + interval 16 year as date) as birthday_16_date,
    cast(person.birth_month + interval 18 year as date) as birthday_18_date,
    cast(person.birth_month + interval 26 year as date) as birthday_26_date,
    -- nothing before the first return is known of care that had ended by then
    coalesce(care.window_start_date > person.birth_month + interval 14 year, true) as is_history_short,
    cast(person.birth_month + care_leaver.listed_from_age * interval 1 year as date) as listed_from_date,
    care_leaver.person_key is not null as is_listed_in_any_year,
    person.sex_code as sex,
    person.ethnicity_code,
    person.ethnic_group,
    case when uasc.person_key is not null then 'yes' else 'no' end as uasc_former
from known
inner join {{ ref('dim_person') }} as person on known.person_key = person.person_key
left join care on known.person_key = care.person_key
left join care_leaver on known.person_key = care_leaver.person_key
left join uasc on known.person_key = uasc.person_key
where person.birth_month is not null
