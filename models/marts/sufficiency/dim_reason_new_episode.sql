-- One row per reason for a new episode (RNE), and one for not known.
select
    code as reason_new_episode_key,
    code as reason_new_episode_code,
    label as reason_new_episode_label,
    first_year,
    last_year
from {{ ref('code_reason_new_episode') }}

union all

select
    '-1' as reason_new_episode_key,
    cast(null as varchar) as reason_new_episode_code,
    'Not known' as reason_new_episode_label,
    cast(null as integer) as first_year,
    cast(null as integer) as last_year
