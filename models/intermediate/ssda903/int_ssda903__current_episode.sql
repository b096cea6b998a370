-- The episodes of the current returns: one row per child, year, start date and reason for the new episode.
-- One that ends on the day it starts is another than one that lasts: both are kept, so that neither hides the other.
with episode as (

    select * from {{ ref('stg_ssda903__episode') }}

),

submission as (

    select * from {{ ref('int_submission__current') }}

),

keyed as (

    select
        {{ surrogate_key([
            'episode.child_key', 'episode.collection_year', date_or_row('episode', 'episode_start_date'),
            'episode.reason_new_episode_code', "case when episode.episode_end_date = episode.episode_start_date then 0 end"
        ]) }} as episode_key,
        {{ surrogate_key(['episode.child_key', 'episode.collection_year']) }} as child_year_key,
        submission.reference_date,
        episode.*
    from episode
    inner join submission on episode.load_id = submission.load_id

)

-- the same start and reason twice for a child: the last stands (timelines.md 3)
select * from keyed
qualify row_number() over (partition by episode_key order by row_number_in_file desc) = 1
