-- One row per reason an episode ceased (REC), one for not known and one for still open.
select
    reason.code as reason_episode_ceased_key,
    reason.code as reason_episode_ceased_code,
    reason.label as reason_episode_ceased_label,
    leaving_care_group.leaving_care_group,
    leaving_care_group.is_end_of_care,
    leaving_care_group.is_permanence,
    reason.first_year,
    reason.last_year
from {{ ref('code_reason_episode_ceased') }} as reason
inner join {{ ref('config_leaving_care_group') }} as leaving_care_group on reason.code = leaving_care_group.code

union all

select
    special.reason_episode_ceased_key,
    cast(null as varchar) as reason_episode_ceased_code,
    special.reason_episode_ceased_label,
    'unknown' as leaving_care_group,
    false as is_end_of_care,
    false as is_permanence,
    cast(null as integer) as first_year,
    cast(null as integer) as last_year
from (values ('-1', 'Not known'), ('-2', 'Still open')) as special (
    reason_episode_ceased_key, reason_episode_ceased_label
)
