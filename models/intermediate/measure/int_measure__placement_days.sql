-- The days of each quarter and year that a child spent in an episode of care: the day it ended is not counted.
with period as (

    select *
    from {{ ref('int_measure__period') }}
    where dataset = 'ssda903.episodes' and period_type in ('quarter', 'year')

),

episode as (

    select
        episode.episode_spell_key,
        episode.la_code,
        episode.child_key,
        episode.start_date,
        episode.end_date,
        -- a temporary stay is spent out of the placement the child left, which is kept for it
        place.placement_group,
        place.provider_group
    from {{ ref('fct_episode_spell') }} as episode
    inner join {{ ref('int_sufficiency__placement_place') }} as place
        on episode.episode_spell_key = place.episode_spell_key

),

spent as (

    select
        period.period_type,
        period.period_end,
        episode.*,
        greatest(episode.start_date, period.period_start) as first_date,
        -- an episode still open is counted to the end of the last day of the period
        case
            when episode.end_date <= period.period_end then episode.end_date
            else {{ days_later('period.period_end', 1) }}
        end as left_date
    from period
    inner join episode
        on
            period.la_code = episode.la_code
            and period.period_end >= episode.start_date
            and (episode.end_date is null or period.period_start < episode.end_date)

),

-- a child is what it is on the last of the days
night as (

    select
        *,
        {{ days_between('first_date', 'left_date') }} as n_days,
        {{ days_later('left_date', -1) }} as last_date
    from spent
    where left_date > first_date

)

select
    night.episode_spell_key,
    night.la_code,
    night.child_key,
    night.period_type,
    night.period_end,
    {{ age_band_cla('child.birth_month', 'night.last_date') }} as age_band_cla,
    case
        when
            uasc.child_key is not null
            and {{ is_open_at('uasc.start_date', 'uasc.end_effective_date', 'night.last_date') }}
            and coalesce({{ age_at('child.birth_month', 'night.last_date') }} < 18, true)
            then 'yes'
        else 'no'
    end as uasc,
    night.placement_group,
    night.provider_group,
    cast(night.n_days as integer) as n_days
from night
left join {{ ref('int_measure__child') }} as child
    on night.child_key = child.child_key and child.return_name = 'ssda903'
left join {{ ref('fct_uasc_spell') }} as uasc on night.child_key = uasc.child_key
