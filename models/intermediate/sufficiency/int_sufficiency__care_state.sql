-- The states of the demand forecast: at the end of every day each child in care is in one, an age band by a category
-- of placement. One row per child and stretch of days in one state (docs/rules/sufficiency.md 5).
with parameter as (

    select max(case when parameter = 'days_per_year' then value end) as days_per_year
    from {{ ref('config_sufficiency_parameter') }}

),

-- the first day of an age band, in days since birth, is the first on which the age has reached it
age_band as (

    select
        age_band.position,
        age_band.age_band,
        cast(ceil(age_band.from_age * parameter.days_per_year) as integer) as from_day,
        cast(ceil(age_band.below_age * parameter.days_per_year) as integer) as below_day
    from {{ ref('config_forecast_age_band') }} as age_band
    cross join parameter

),

-- an episode that ends on the day it starts is no state at the end of any day
episode as (

    select
        episode.la_code,
        episode.child_key,
        episode.care_period_key,
        episode.start_date,
        episode.end_effective_date as end_date,
        coalesce(category.placement_category, 'other') as placement_category
    from {{ ref('fct_episode_spell') }} as episode
    inner join {{ ref('int_sufficiency__placement_place') }} as place
        on episode.episode_spell_key = place.episode_spell_key
    left join {{ ref('config_placement_category') }} as category on place.placement_type_code = category.code
    where episode.end_effective_date is null or episode.end_effective_date > episode.start_date

),

-- what comes after the episode: another category, the same again, or the end of care
followed as (

    select
        *,
        lag(start_date) over of_period is null as is_entry,
        coalesce(lead(placement_category) over of_period, 'out of care') as next_category
    from episode
    window of_period as (partition by care_period_key order by start_date)

),

-- A child is in an age band from one birthday to another. Its day of birth is not kept: the first of the month stands
-- for it, which is exact at every month's end.
stretch as (

    select
        followed.la_code,
        followed.child_key,
        age_band.position,
        age_band.age_band,
        followed.placement_category,
        greatest(followed.start_date, {{ days_later('child.birth_month', 'age_band.from_day') }}) as from_date,
        {{ days_later('child.birth_month', 'age_band.below_day') }} as birthday,
        followed.start_date,
        followed.end_date,
        followed.is_entry,
        followed.next_category
    from followed
    inner join {{ ref('int_measure__child') }} as child
        on followed.child_key = child.child_key and child.return_name = 'ssda903'
    inner join age_band
        on
            {{ days_later('child.birth_month', 'age_band.below_day') }} > followed.start_date
            and (
                followed.end_date is null
                or {{ days_later('child.birth_month', 'age_band.from_day') }} < followed.end_date
            )

)

select
    la_code,
    child_key,
    age_band,
    placement_category,
    from_date,
    -- the first day that is no longer in this state; null while it is the latest known
    case when end_date is null or birthday < end_date then birthday else end_date end as to_date,
    is_entry and from_date = start_date as is_entry,
    -- Growing older is no move: who reaches 18 in care leaves by age, whatever the episode says.
    case
        when end_date < birthday and next_category <> placement_category then next_category
    end as move_to,
    -- the state ended because the child reached the next band, or 18
    end_date is null or birthday <= end_date as is_birthday
from stretch
