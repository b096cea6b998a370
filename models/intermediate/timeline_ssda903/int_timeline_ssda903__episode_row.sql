-- Every episode of the current returns as sent, and which row of a child and day stands: one row per row of a file.
-- timelines.md 4.5, inside one return: the row that lasts stands before one that ends on its day, then RNE S or B;
-- S or B on any row of the day is the reason of the one that stands.
with episode as (

    select * from {{ ref('stg_ssda903__episode') }}

),

submission as (

    select * from {{ ref('int_submission__current') }}

),

ranked as (

    select
        submission.reference_date,
        episode.*,
        episode.episode_end_date is null or episode.episode_end_date > episode.episode_start_date as is_lasting,
        max(case episode.reason_new_episode_code when 'S' then 2 when 'B' then 1 else 0 end) over same_day
            as restart_rank
    from episode
    inner join submission on episode.load_id = submission.load_id
    window same_day as (partition by episode.load_id, episode.child_key, episode.episode_start_date)

)

select
    ranked.*,
    case ranked.restart_rank when 2 then 'S' when 1 then 'B' else ranked.reason_new_episode_code end
        as standing_reason_new_episode_code,
    case
        when ranked.episode_start_date is null then 'UNDATED'
        when
            row_number() over (
                partition by ranked.load_id, ranked.child_key, ranked.episode_start_date
                order by
                    ranked.is_lasting desc,
                    coalesce(ranked.reason_new_episode_code in ('S', 'B'), false) desc,
                    ranked.episode_end_date desc nulls first,
                    -- any order that does not go by the order of the rows
                    ranked.reason_new_episode_code desc nulls last,
                    ranked.placement_type_code desc nulls last,
                    ranked.legal_status_code desc nulls last,
                    ranked.placement_provider_code desc nulls last,
                    ranked.placement_urn desc nulls last,
                    ranked.placement_sector desc nulls last,
                    ranked.category_of_need_code desc nulls last,
                    ranked.row_number_in_file desc
            ) > 1
            then 'SAME_DAY'
    end as set_aside_code
from ranked
