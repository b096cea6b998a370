-- Every child looked after at any time in a quarter or year, as they were on their last day of care in it.
with period as (

    select * from {{ ref('int_measure__period') }}
    where dataset = 'ssda903.episodes' and period_type in ('quarter', 'year')

),

-- An assumed end takes effect on the next day (timelines.md 1), so a child who ceases in a period was in care in it.
care as (

    select
        period.collection_year,
        period.period_type,
        period.period_start,
        period.period_end,
        care_period.care_period_key,
        care_period.child_key,
        care_period.person_key,
        care_period.la_code,
        care_period.start_date,
        least(coalesce(care_period.end_date, period.period_end), period.period_end) as last_day,
        -- in care at the end of the day before the period, and at the end of its last day
        care_period.start_date < period.period_start as is_open_at_start,
        care_period.end_effective_date is null or care_period.end_effective_date > period.period_end as is_open_at_end
    from period
    inner join {{ ref('fct_care_period') }} as care_period
        on
            period.la_code = care_period.la_code
            and period.period_end >= care_period.start_date
            and period.period_start <= coalesce(care_period.end_effective_date, period.period_end)

),

-- once a child, by the latest period of care
latest_care as (

    select
        *,
        bool_or(is_open_at_start) over (partition by period_type, period_end, child_key) as is_looked_after_at_start,
        bool_or(is_open_at_end) over (partition by period_type, period_end, child_key) as is_looked_after_at_end
    from care
    qualify
        row_number() over (
            partition by period_type, period_end, child_key order by start_date desc, care_period_key desc
        ) = 1

),

-- the placement of that last day
placed as (

    select
        latest_care.*,
        place.placement_group
    from latest_care
    inner join {{ ref('fct_episode_spell') }} as episode
        on
            latest_care.care_period_key = episode.care_period_key
            and latest_care.period_end >= episode.start_date
    inner join {{ ref('int_sufficiency__placement_place') }} as place
        on episode.episode_spell_key = place.episode_spell_key
    qualify
        row_number() over (
            partition by latest_care.period_type, latest_care.period_end, latest_care.child_key
            order by episode.start_date desc, episode.episode_spell_key desc
        ) = 1

),

described as (

    select
        placed.*,
        child.birth_month,
        {{ age_at('child.birth_month', 'placed.last_day') }} as age,
        child.sex,
        child.ethnicity_code,
        child.ethnic_group,
        coalesce(
            uasc.start_date <= placed.period_end
            and (uasc.end_effective_date is null or uasc.end_effective_date >= placed.period_start),
            false
        ) as is_uasc
    from placed
    left join {{ ref('int_measure__child') }} as child
        on placed.child_key = child.child_key and child.return_name = 'ssda903'
    left join {{ ref('fct_uasc_spell') }} as uasc on placed.child_key = uasc.child_key

)

select
    la_code,
    child_key,
    person_key,
    collection_year,
    period_type,
    period_start,
    period_end,
    care_period_key,
    last_day,
    is_looked_after_at_start,
    is_looked_after_at_end,
    placement_group,
    cast(age as integer) as age,
    {{ age_band_cla('birth_month', 'last_day') }} as age_band_cla,
    coalesce(sex, 'U') as sex,
    ethnicity_code,
    coalesce(ethnic_group, 'Unknown') as ethnic_group,
    case when is_uasc then 'yes' else 'no' end as uasc
from described
