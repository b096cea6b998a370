-- One row per kind of provider (PLACE_PROVIDER), and one for not known.
select
    provider.code as placement_provider_key,
    provider.code as placement_provider_code,
    provider.label as placement_provider_label,
    provider_group.provider_group,
    provider_group.provider_group_label,
    provider_group.is_external,
    provider_group.is_independent_agency,
    provider.first_year,
    provider.last_year
from {{ ref('code_placement_provider') }} as provider
inner join {{ ref('config_provider_group') }} as provider_group on provider.code = provider_group.code

union all

select
    '-1' as placement_provider_key,
    cast(null as varchar) as placement_provider_code,
    'Not known' as placement_provider_label,
    'unknown' as provider_group,
    'Not known' as provider_group_label,
    false as is_external,
    false as is_independent_agency,
    cast(null as integer) as first_year,
    cast(null as integer) as last_year
