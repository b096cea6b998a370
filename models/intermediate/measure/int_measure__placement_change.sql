-- Every move from one placement to another with a reason that counts: docs/rules/sufficiency.md 3.
with move as (

    select * from {{ ref('int_sufficiency__placement_move') }}
    where is_reason_counted

)

select
    move.placement_spell_key,
    move.la_code,
    move.child_key,
    child.person_key,
    move.end_date as move_date,
    {{ age_band_cla('child.birth_month', 'move.end_date') }} as age_band_cla,
    move.placement_group,
    move.provider_group,
    move.reason_placement_change_code,
    move.move_reason_group = 'unplanned' as is_unplanned
from move
left join {{ ref('int_measure__child') }} as child
    on move.child_key = child.child_key and child.return_name = 'ssda903'
