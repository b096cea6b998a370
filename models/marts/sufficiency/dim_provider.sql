-- One row per provider that the returns name by its Ofsted reference (URN), and the rows for what is none: missing,
-- unmatched, regional adoption agency. Ofsted's lists are not loaded yet: what they tell of a provider waits for them.
with named as (

    select
        placement_urn,
        min(start_date) as first_used_date,
        max(coalesce(end_date, data_cutoff_date)) as last_used_date,
        cast(count(distinct la_code) as integer) as n_authorities,
        cast(count(distinct child_key) as integer) as n_children
    from {{ ref('fct_episode_spell') }}
    -- a reference of nothing but X says that Ofsted inspects no such place
    where placement_urn is not null and trim(placement_urn, 'X') <> ''
    group by placement_urn

)

select
    placement_urn as provider_key,
    placement_urn as provider_urn,
    'named by a return' as provider_status,
    first_used_date,
    last_used_date,
    n_authorities,
    n_children
from named

union all

select
    special.provider_key,
    cast(null as varchar) as provider_urn,
    special.provider_status,
    cast(null as date) as first_used_date,
    cast(null as date) as last_used_date,
    cast(null as integer) as n_authorities,
    cast(null as integer) as n_children
from (
    values
    ('-1', 'missing'),
    ('-2', 'unmatched URN'),
    ('-3', 'regional adoption agency')
) as special (provider_key, provider_status)
