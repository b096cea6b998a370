-- One row per reason a placement changed, one for not known and one for no change.
select
    reason.code as reason_placement_change_key,
    reason.code as reason_placement_change_code,
    reason.label as reason_placement_change_label,
    move_group.move_reason_group,
    reason.first_year,
    reason.last_year
from {{ ref('code_reason_placement_change') }} as reason
inner join {{ ref('config_move_reason_group') }} as move_group on reason.code = move_group.code

union all

select
    special.reason_placement_change_key,
    cast(null as varchar) as reason_placement_change_code,
    special.reason_placement_change_label,
    special.move_reason_group,
    cast(null as integer) as first_year,
    cast(null as integer) as last_year
from (values ('-1', 'Not known', 'unknown'), ('-2', 'The placement did not change', 'no_move')) as special (
    reason_placement_change_key, reason_placement_change_label, move_reason_group
)
