-- Qualifying care and status of young people at each snapshot date, from the 16th birthday to the day before the 27th:
-- care_leavers.md 1 and 2. One row per person and date, in the authority that is responsible then.
with time_window as (

    select
        max(case when window_name = 'care_leaver_qualifying_care' then length end) as qualifying_nights,
        max(case when window_name = 'care_leaver_settled_at_home' then length end) as settled_days
    from {{ ref('config_window') }}

),

period as (

    select
        la_code,
        collection_year,
        period_end
    from {{ ref('int_measure__period') }}
    where dataset = 'ssda903.episodes' and period_type = 'snapshot'

),

snapshot as (

    select
        period_end as snapshot_date,
        min(collection_year) as collection_year
    from period
    group by period_end

),

person as (

    select
        person.*,
        snapshot.snapshot_date,
        snapshot.collection_year,
        cast({{ age_at('person.birth_month', 'snapshot.snapshot_date') }} as integer) as age
    from {{ ref('int_measure__care_leaver_person') }} as person
    inner join snapshot
        on
            person.birthday_16_date <= snapshot.snapshot_date
            and person.birthday_26_date + interval 1 year > snapshot.snapshot_date

),

-- what had begun by the date, as it stood at its end
care as (

    select
        person.person_key,
        person.snapshot_date,
        person.birthday_14_date,
        person.birthday_16_date,
        person.birthday_18_date,
        care.spell_key,
        care.la_code,
        care.child_key,
        care.start_date,
        care.counted_from_date,
        care.is_care,
        least(coalesce(care.end_date, person.snapshot_date), person.snapshot_date, person.birthday_18_date)
            as counted_until_date,
        care.is_care and (care.end_effective_date is null or care.end_effective_date > person.snapshot_date) as is_open,
        case when care.end_effective_date <= person.snapshot_date then care.end_date end as end_date,
        case when care.end_effective_date <= person.snapshot_date then care.leaving_care_group end as leaving_care_group
    from person
    inner join {{ ref('int_measure__care_leaver_care') }} as care
        on person.person_key = care.person_key and person.snapshot_date >= care.start_date

),

counted as (

    select
        person_key,
        snapshot_date,
        sum(greatest(0, {{ days_between('greatest(counted_from_date, birthday_14_date)', 'counted_until_date') }}))
        filter (where is_care) as nights_14,
        coalesce(bool_or(counted_until_date > greatest(start_date, birthday_16_date)) filter (where is_care), false)
            as has_night_16,
        bool_or(is_open) as is_looked_after,
        coalesce(bool_or(leaving_care_group = 'died'), false) as has_died
    from care
    group by person_key, snapshot_date

),

-- the authority of the last period of care: where any ended after the 16th birthday or goes on, the last of all did
last_care as (

    select * from care
    qualify
        row_number() over (
            partition by person_key, snapshot_date
            order by
                is_care desc, coalesce(end_date, date '9999-12-31') desc, start_date desc, spell_key asc
        ) = 1

),

listed as (

    select
        person.person_key,
        person.snapshot_date,
        care_leaver.la_code,
        care_leaver.child_key,
        care_leaver.collection_year,
        care_leaver.reference_date,
        care_leaver.in_touch_code,
        accommodation_group.accommodation_type_code,
        care_leaver.collection_year <= person.collection_year as is_told_by_then
    from person
    inner join {{ ref('fct_care_leaver_year') }} as care_leaver on person.person_key = care_leaver.person_key
    left join {{ ref('config_accommodation_group') }} as accommodation_group
        on care_leaver.accommodation_code = accommodation_group.code

),

-- the latest row as care leaver up to the return of the date; for the authority alone also the first after it
last_listed as (

    select
        *,
        bool_or(is_told_by_then and in_touch_code = 'DIED') over (partition by person_key, snapshot_date) as has_died
    from listed
    qualify
        row_number() over (
            partition by person_key, snapshot_date
            order by
                is_told_by_then desc, case when is_told_by_then then -collection_year else collection_year end asc,
                la_code asc, child_key asc
        ) = 1

),

-- REC E3 hands a young person to the authority that returns them from then on
handed_over as (

    select
        last_care.person_key,
        last_care.snapshot_date,
        listed.la_code,
        listed.child_key
    from last_care
    inner join listed
        on
            last_care.person_key = listed.person_key
            and last_care.snapshot_date = listed.snapshot_date
            and last_care.la_code <> listed.la_code
            and last_care.end_date <= listed.reference_date
    where last_care.leaving_care_group = 'other_authority' and listed.is_told_by_then
    qualify
        row_number() over (
            partition by last_care.person_key, last_care.snapshot_date
            order by listed.collection_year desc, listed.la_code asc, listed.child_key asc
        ) = 1

),

judged as (

    select
        person.*,
        coalesce(handed_over.la_code, last_care.la_code, last_listed.la_code) as la_code,
        case
            when handed_over.la_code is not null then handed_over.child_key
            when last_care.la_code is not null then last_care.child_key
            else last_listed.child_key
        end as child_key,
        coalesce(counted.nights_14, 0) as nights_14,
        coalesce(counted.has_night_16, false) as has_night_16,
        coalesce(counted.is_looked_after, false) as is_looked_after,
        case
            when counted.nights_14 >= time_window.qualifying_nights and counted.has_night_16 then 'yes'
            when not person.is_history_short then 'no'
            when person.listed_from_date <= person.snapshot_date then 'yes'
            else 'unknown'
        end as qualified,
        coalesce(
            last_care.leaving_care_group = 'returned_home'
            and {{ days_between('last_care.end_date', 'person.snapshot_date') }} >= time_window.settled_days,
            false
        ) as is_settled_at_home,
        coalesce(counted.has_died, false)
        or coalesce(last_listed.has_died, false)
        or coalesce(person.death_month <= person.snapshot_date, false)
        or coalesce(last_care.leaving_care_group = 'age_assessed', false)
        -- gone abroad or deported, by the latest return
        or coalesce(last_listed.is_told_by_then and last_listed.accommodation_type_code in ('G', 'H'), false)
            as is_left_or_died
    from person
    cross join time_window
    left join counted on person.person_key = counted.person_key and person.snapshot_date = counted.snapshot_date
    left join last_care on person.person_key = last_care.person_key and person.snapshot_date = last_care.snapshot_date
    left join last_listed
        on person.person_key = last_listed.person_key and person.snapshot_date = last_listed.snapshot_date
    left join handed_over
        on person.person_key = handed_over.person_key and person.snapshot_date = handed_over.snapshot_date

)

select
    judged.person_key,
    judged.child_key,
    judged.la_code,
    judged.collection_year,
    judged.snapshot_date,
    judged.birth_month,
    judged.birthday_18_date,
    judged.birthday_26_date,
    judged.age,
    cast(judged.nights_14 as integer) as nights_14,
    judged.has_night_16,
    judged.is_history_short,
    judged.qualified,
    judged.is_looked_after,
    judged.is_settled_at_home,
    -- the first that is true (care_leavers.md 2)
    case
        when judged.age <= 17 and judged.qualified = 'yes' and judged.is_looked_after then 'eligible'
        when judged.age <= 17 and judged.qualified = 'yes' and not judged.is_settled_at_home then 'relevant'
        when judged.age between 18 and 25 and judged.qualified = 'yes' then 'former_relevant'
        when judged.age <= 25 and judged.qualified = 'unknown' then 'unknown'
        when judged.age <= 24 and judged.has_night_16 then 'qualifying'
        when judged.age <= 24 and judged.qualified = 'yes' and judged.is_settled_at_home then 'qualifying'
        else 'none'
    end as status,
    judged.is_left_or_died,
    judged.is_listed_in_any_year,
    -- the whole history says no, and a return lists the young person all the same
    judged.qualified = 'no' and coalesce(judged.listed_from_date <= judged.snapshot_date, false)
        as is_listed_though_not_qualified,
    judged.sex,
    judged.ethnicity_code,
    judged.ethnic_group,
    judged.uasc_former
from judged
-- only where the responsible authority has sent the year of the date
inner join period on judged.la_code = period.la_code and judged.snapshot_date = period.period_end
