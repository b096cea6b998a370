-- Where a child lives, one row per episode of a care period: which placement counts, in which authority it lies and
-- how far from home (docs/rules/sufficiency.md 1 and 2).
with parameter as (

    select
        max(case when parameter = 'locality_certain_from' then value end) as certain_from,
        max(case when parameter = 'metres_per_mile' then value end) as metres_per_mile,
        max(case when parameter = 'far_over_miles' then value end) as far_over_miles
    from {{ ref('config_sufficiency_parameter') }}

),

episode as (

    select
        *,
        -- A temporary stay (T0 to T4) is a visit: the placement the child left, its carers and its address still count.
        max(case when not is_temporary then start_date end) over (
            partition by care_period_key order by start_date
            rows between unbounded preceding and current row
        ) as placement_episode_start_date
    from {{ ref('fct_episode_spell') }}
    where care_period_key is not null

),

-- A child who is or was an unaccompanied asylum seeker in the period of care has no distance from home, whatever the
-- postcodes say: the home postcode is that of an office or the place of arrival.
uasc_period as (

    select distinct care_period.care_period_key
    from {{ ref('fct_care_period') }} as care_period
    inner join {{ ref('fct_uasc_spell') }} as uasc
        on
            care_period.child_key = uasc.child_key
            and (care_period.end_date is null or care_period.end_date > uasc.start_date)
            and (uasc.end_date is null or care_period.start_date < uasc.end_date)

),

-- the episode whose placement counts: itself, or the last lasting one before a temporary stay
placed as (

    select
        episode.episode_spell_key,
        episode.placement_spell_key,
        episode.care_period_key,
        episode.child_key,
        episode.la_code,
        episode.is_temporary,
        placement.episode_spell_key as placement_episode_spell_key,
        placement.placement_type_code,
        placement.setting,
        placement.placement_provider_code,
        placement.placement_urn,
        placement.home_sector,
        placement.placement_sector,
        uasc_period.care_period_key is not null as is_uasc_in_care_period
    from episode
    inner join {{ ref('fct_episode_spell') }} as placement
        on
            episode.care_period_key = placement.care_period_key
            and placement.start_date = coalesce(episode.placement_episode_start_date, episode.start_date)
    left join uasc_period on episode.care_period_key = uasc_period.care_period_key

),

located as (

    select
        placed.*,
        place.main_la_code as placement_la_code,
        place.main_ons_code as placement_ons_code,
        place.country as placement_country,
        place.main_la_share as la_certainty,
        case
            when place.postcode_sector is null then 'unknown'
            when place.main_la_code = placed.la_code then 'in_borough'
            when authority.la_code is not null then 'other_london'
            else 'outside_london'
        end as placement_locality,
        case
            when placed.is_uasc_in_care_period then 'uasc'
            when placed.home_sector is null then 'home missing'
            when placed.placement_sector is null then 'placement missing'
            when home.postcode_sector is null then 'home not found'
            when place.postcode_sector is null then 'placement not found'
        end as distance_unknown_reason,
        cast(home.easting - place.easting as double) as metres_east,
        cast(home.northing - place.northing as double) as metres_north
    from placed
    left join {{ ref('ref_postcode_sector') }} as home on placed.home_sector = home.postcode_sector
    left join {{ ref('ref_postcode_sector') }} as place on placed.placement_sector = place.postcode_sector
    left join {{ ref('ref_authority') }} as authority on place.main_la_code = authority.la_code

),

measured as (

    select
        located.*,
        -- whole metres in, one decimal out: the double between them cannot differ from build to build
        case
            when located.distance_unknown_reason is null
                then cast(
                    round(
                        sqrt(power(located.metres_east, 2) + power(located.metres_north, 2))
                        / cast(parameter.metres_per_mile as double),
                        1
                    ) as decimal(5, 1)
                )
        end as placement_distance_miles,
        parameter.certain_from,
        parameter.far_over_miles
    from located
    cross join parameter

)

select
    measured.episode_spell_key,
    measured.placement_spell_key,
    measured.care_period_key,
    measured.child_key,
    measured.la_code,
    measured.is_temporary,
    measured.placement_episode_spell_key,
    measured.placement_type_code,
    coalesce(measured.setting, 'unknown') as placement_group,
    measured.placement_provider_code,
    coalesce(provider_group.provider_group, 'unknown') as provider_group,
    measured.placement_urn,
    measured.home_sector,
    measured.placement_sector,
    measured.placement_la_code,
    measured.placement_ons_code,
    measured.placement_country,
    measured.la_certainty,
    coalesce(measured.la_certainty < measured.certain_from, false) as is_locality_uncertain,
    measured.placement_locality,
    -- null where the place is not known
    case when measured.placement_locality <> 'unknown' then measured.placement_locality <> 'in_borough' end
        as is_out_of_borough,
    measured.is_uasc_in_care_period,
    measured.distance_unknown_reason,
    measured.placement_distance_miles,
    coalesce(distance_band.distance_band, 'unknown') as distance_band,
    -- a distance not known counts as not over; the share of those stands beside it (cla_distance_unknown_pct)
    coalesce(measured.placement_distance_miles > measured.far_over_miles, false)
    and measured.placement_locality in ('other_london', 'outside_london') as is_over_20_and_out
from measured
left join {{ ref('config_provider_group') }} as provider_group
    on measured.placement_provider_code = provider_group.code
left join {{ ref('config_distance_band') }} as distance_band
    on
        measured.placement_distance_miles >= distance_band.minimum_miles
        and measured.placement_distance_miles <= distance_band.maximum_miles
