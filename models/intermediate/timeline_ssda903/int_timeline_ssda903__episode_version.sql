-- Every episode of every return with the episode of the timeline it belongs to: one row per child, start and return.
with recursive episode as (

    select * from {{ ref('int_timeline_ssda903__episode_row') }}
    where set_aside_code is null

),

{{ match_over_returns(
    'episode', kind='episode', group='child_key', start_date='episode_start_date', end_date='episode_end_date',
    equal=[
        'standing_reason_new_episode_code', 'legal_status_code', 'category_of_need_code', 'placement_type_code',
        'placement_provider_code', 'home_sector', 'placement_sector', 'placement_urn'
    ],
    may_fill=['reason_episode_ceased_code', 'reason_placement_change_code']
) }}

select
    version.*,
    -- timelines.md 4.5, over returns: S or B of any return stands, the rest is what the later return says
    case
        when version.standing_reason_new_episode_code in ('S', 'B') then version.standing_reason_new_episode_code
        when max(version.standing_reason_new_episode_code = 'S') over over_returns then 'S'
        when max(version.standing_reason_new_episode_code = 'B') over over_returns then 'B'
        else version.standing_reason_new_episode_code
    end as spell_reason_new_episode_code,
    -- a start that was moved is news of the return that moved it
    min(case when version.record_start_date = version.spell_start_date then version.collection_year end)
        over over_returns as start_first_return_year
from version
window over_returns as (partition by version.spell_key)
