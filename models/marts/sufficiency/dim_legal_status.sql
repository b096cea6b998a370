-- One row per legal status, and one for not known.
select
    legal_status.code as legal_status_key,
    legal_status.code as legal_status_code,
    legal_status.label as legal_status_label,
    legal_status_group.legal_status_group,
    legal_status_group.legal_status_group_label,
    legal_status_group.is_short_break,
    legal_status.first_year,
    legal_status.last_year
from {{ ref('code_legal_status') }} as legal_status
inner join {{ ref('config_legal_status_group') }} as legal_status_group on legal_status.code = legal_status_group.code

union all

select
    '-1' as legal_status_key,
    cast(null as varchar) as legal_status_code,
    'Not known' as legal_status_label,
    'unknown' as legal_status_group,
    'Not known' as legal_status_group_label,
    false as is_short_break,
    cast(null as integer) as first_year,
    cast(null as integer) as last_year
