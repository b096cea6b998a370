-- One row per type of placement (PLACE), and one for not known.
select
    placement_type.code as placement_type_key,
    placement_type.code as placement_type_code,
    placement_type.label as placement_type_label,
    placement_group.setting as placement_group,
    placement_group.setting_label as placement_group_label,
    placement_group.national_group,
    category.placement_category,
    placement_group.is_foster,
    placement_group.is_kinship,
    placement_group.is_residential,
    placement_group.is_semi_independent,
    placement_group.is_temporary,
    placement_group.is_urn_expected,
    placement_type.first_year,
    placement_type.last_year
from {{ ref('code_placement_type') }} as placement_type
inner join {{ ref('config_placement_group') }} as placement_group on placement_type.code = placement_group.code
inner join {{ ref('config_placement_category') }} as category on placement_type.code = category.code

union all

select
    '-1' as placement_type_key,
    cast(null as varchar) as placement_type_code,
    'Not known' as placement_type_label,
    'unknown' as placement_group,
    'Not known' as placement_group_label,
    'Not known' as national_group,
    'other' as placement_category,
    false as is_foster,
    false as is_kinship,
    false as is_residential,
    false as is_semi_independent,
    false as is_temporary,
    false as is_urn_expected,
    cast(null as integer) as first_year,
    cast(null as integer) as last_year
