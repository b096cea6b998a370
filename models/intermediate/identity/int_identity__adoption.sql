-- The day each adopted child was adopted: from it on, rows of the same child number are another child in law.
with episode as (

    select * from {{ ref('int_timeline_ssda903__episode_row') }}

),

family as (

    select * from {{ ref('int_identity__case_number_family') }}
    where return_name = 'ssda903'

),

-- what an older return says of an episode does not count once a later one tells it otherwise (timelines.md 3)
latest as (

    select
        episode.child_key,
        family.family,
        episode.episode_end_date,
        episode.reason_episode_ceased_code
    from episode
    inner join family
        on episode.la_code = family.la_code and episode.collection_year = family.collection_year
    qualify
        row_number() over (
            partition by
                episode.child_key, family.family, episode.episode_start_date, episode.reason_new_episode_code
            order by episode.reference_date desc, episode.row_number_in_file desc
        ) = 1

)

select
    latest.child_key,
    latest.family,
    min(latest.episode_end_date) as adoption_date
from latest
inner join {{ ref('config_leaving_care_group') }} as leaving_care
    on latest.reason_episode_ceased_code = leaving_care.code
where
    leaving_care.leaving_care_group = 'adoption'
    and latest.episode_end_date is not null
group by latest.child_key, latest.family
