-- The days each child number was adopted: from such a day on, its rows are another child in law (timelines.md 2.5).
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
        episode.episode_start_date,
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

),

adopted as (

    select
        latest.child_key,
        latest.family,
        latest.episode_end_date,
        max(latest.episode_end_date) over (
            partition by latest.child_key, latest.family
            order by latest.episode_start_date asc nulls first, latest.episode_end_date asc
            rows between unbounded preceding and 1 preceding
        ) as former_adoption_date,
        latest.episode_start_date
    from latest
    inner join {{ ref('config_leaving_care_group') }} as leaving_care
        on latest.reason_episode_ceased_code = leaving_care.code
    where
        leaving_care.leaving_care_group = 'adoption'
        and latest.episode_end_date is not null

),

-- an adoption told of two episodes of one time in care is one; another one ends care that began after it
numbered as (

    select
        adopted.*,
        1 + sum(case when adopted.episode_start_date > adopted.former_adoption_date then 1 else 0 end) over (
            partition by adopted.child_key, adopted.family
            order by adopted.episode_start_date asc nulls first, adopted.episode_end_date asc
            rows between unbounded preceding and current row
        ) as adoption_number
    from adopted

),

dated as (

    select
        child_key,
        family,
        cast(adoption_number as integer) as adoption_number,
        min(episode_end_date) as adoption_date
    from numbered
    group by child_key, family, adoption_number

)

select
    child_key,
    family,
    adoption_number,
    adoption_date,
    lead(adoption_date) over (partition by child_key, family order by adoption_number) as next_adoption_date
from dated
