-- Every child looked after at the end of a quarter, as they are on that day: the stock that measures count.
with snapshot as (

    select
        period.la_code,
        period.collection_year,
        period.period_end,
        -- the returns before it without a missing year reach back to here
        known_year.period_start as known_since_date
    from {{ ref('int_measure__period') }} as period
    inner join {{ ref('ref_collection_year') }} as known_year
        on period.collection_year - period.n_years_before = known_year.collection_year
    where period.dataset = 'ssda903.episodes' and period.period_type = 'snapshot'

),

-- timelines.md 1: an assumed end takes effect on the next day. Two open periods count once, with the later start.
open_period as (

    select
        snapshot.collection_year,
        snapshot.period_end,
        snapshot.known_since_date,
        care_period.care_period_key,
        care_period.child_key,
        care_period.person_key,
        care_period.la_code,
        care_period.start_date
    from snapshot
    inner join {{ ref('fct_care_period') }} as care_period
        on
            snapshot.la_code = care_period.la_code
            and {{ is_open_at('care_period.start_date', 'care_period.end_effective_date', 'snapshot.period_end') }}
    qualify
        row_number() over (
            partition by snapshot.period_end, care_period.child_key
            order by care_period.start_date desc, care_period.care_period_key desc
        ) = 1

),

open_episode as (

    select
        open_period.*,
        episode.episode_spell_key,
        episode.start_date as episode_start_date,
        legal_status.code as legal_status,
        legal_status.legal_status_group,
        need.code as category_of_need,
        place.placement_episode_spell_key,
        place.is_temporary,
        place.placement_type_code,
        place.placement_group,
        place.placement_provider_code,
        place.provider_group,
        place.placement_urn,
        place.is_uasc_in_care_period
    from open_period
    inner join {{ ref('fct_episode_spell') }} as episode
        on
            open_period.care_period_key = episode.care_period_key
            and {{ is_open_at('episode.start_date', 'episode.end_effective_date', 'open_period.period_end') }}
    inner join {{ ref('int_sufficiency__placement_place') }} as place
        on episode.episode_spell_key = place.episode_spell_key
    left join {{ ref('config_legal_status_group') }} as legal_status
        on episode.legal_status_code = legal_status.code
    left join {{ ref('code_category_of_need') }} as need
        on episode.category_of_need_code = need.code
    qualify
        row_number() over (
            partition by open_period.period_end, open_period.child_key
            order by episode.start_date desc, episode.episode_spell_key desc
        ) = 1

),

-- Placements of the child in any period of care up to the day; temporary stays are none of their own.
placement as (

    select
        open_period.period_end,
        open_period.care_period_key as open_care_period_key,
        placement.child_key,
        placement.placement_spell_key,
        placement.care_period_key,
        placement.start_date,
        -- at least a night, or open on the day
        placement.end_date is null
        or placement.end_date > placement.start_date
        or placement.end_effective_date > open_period.period_end as has_lasted,
        placement.end_date is null
        or placement.end_date > cast(open_period.period_end - interval 12 month as date) as is_in_12_months,
        placement.end_date is null
        or placement.end_date > cast(open_period.period_end - interval 24 month as date) as is_in_24_months
    from open_period
    inner join {{ ref('fct_placement_spell') }} as placement
        on
            open_period.child_key = placement.child_key
            and open_period.period_end >= placement.start_date
            and not placement.is_temporary

),

-- timelines.md 4 with the rule of cla_3plus_placements_pct: a placement that ends on the first day of the window or
-- later is in it
placement_count as (

    select
        period_end,
        child_key,
        cast(count(*) filter (where has_lasted and is_in_12_months) as integer) as n_placements_12_months,
        cast(count(*) filter (where has_lasted and is_in_24_months) as integer) as n_placements_24_months
    from placement
    group by period_end, child_key

),

-- the placement of the day and the one before it, in the open period of care; during a temporary stay the placement
-- that the child left
current_placement as (

    select
        period_end,
        child_key,
        placement_spell_key,
        start_date,
        lag(start_date) over (partition by period_end, child_key order by start_date, placement_spell_key)
            as previous_start_date
    from placement
    where care_period_key = open_care_period_key
    qualify
        row_number() over (
            partition by period_end, child_key order by start_date desc, placement_spell_key desc
        ) = 1

),

described as (

    select
        open_episode.*,
        child.birth_month,
        child.sex,
        child.ethnicity_code,
        child.ethnic_group,
        {{ age_at('child.birth_month', 'open_episode.period_end') }} as age,
        current_placement.placement_spell_key,
        current_placement.start_date as placement_start_date,
        current_placement.previous_start_date as previous_placement_start_date,
        coalesce(placement_count.n_placements_12_months, 0) as n_placements_12_months,
        coalesce(placement_count.n_placements_24_months, 0) as n_placements_24_months,
        coalesce(
            {{ is_open_at('uasc.start_date', 'uasc.end_effective_date', 'open_episode.period_end') }}, false
        ) as is_uasc_open
    from open_episode
    left join {{ ref('int_measure__child') }} as child
        on open_episode.child_key = child.child_key and child.return_name = 'ssda903'
    left join placement_count
        on open_episode.period_end = placement_count.period_end and open_episode.child_key = placement_count.child_key
    left join current_placement
        on
            open_episode.period_end = current_placement.period_end
            and open_episode.child_key = current_placement.child_key
    left join {{ ref('fct_uasc_spell') }} as uasc on open_episode.child_key = uasc.child_key

)

select
    described.la_code,
    described.child_key,
    described.person_key,
    described.collection_year,
    described.period_end,
    described.known_since_date,
    described.care_period_key,
    described.start_date as care_period_start_date,
    described.episode_spell_key,
    described.episode_start_date,
    coalesce(described.legal_status, 'unknown') as legal_status,
    coalesce(described.legal_status_group, 'unknown') as legal_status_group,
    coalesce(described.category_of_need, 'unknown') as category_of_need,
    described.is_temporary,
    described.placement_episode_spell_key,
    described.placement_type_code,
    described.placement_group,
    described.placement_provider_code,
    described.provider_group,
    described.placement_urn,
    described.placement_spell_key,
    described.placement_start_date,
    described.previous_placement_start_date,
    -- null where the returns do not reach back to the first day of the window
    case
        when described.known_since_date <= {{ days_later("cast(described.period_end - interval 12 month as date)", 1) }}
            then described.n_placements_12_months
    end as placement_count_12_months,
    case
        when described.known_since_date <= {{ days_later("cast(described.period_end - interval 24 month as date)", 1) }}
            then described.n_placements_24_months
    end as placement_count_24_months,
    cast(described.age as integer) as age,
    {{ age_band_cla('described.birth_month', 'described.period_end') }} as age_band_cla,
    {{ age_band_adolescent('described.birth_month', 'described.period_end') }} as age_band_adolescent,
    coalesce(described.sex, 'U') as sex,
    described.ethnicity_code,
    coalesce(described.ethnic_group, 'Unknown') as ethnic_group,
    -- under 18 unless the birth month says otherwise
    case when described.is_uasc_open and coalesce(described.age < 18, true) then 'yes' else 'no' end as uasc,
    described.is_uasc_in_care_period
from described
