-- Children with one pupil number who cannot be one child: one row per child and kind of other child (timelines.md 2.3).
with pair as (

    select * from {{ ref('int_identity__pupil_number_pair') }}
    where is_dropped

),

node as (

    select * from {{ ref('int_identity__child_node') }}

),

-- seen from either side
sided as (

    select
        pupil_number_key,
        upn_key,
        child_node_key as like_node_key,
        other_child_node_key,
        is_birth_month_different,
        is_sex_different
    from pair
    union all
    select
        pupil_number_key,
        upn_key,
        other_child_node_key as like_node_key,
        child_node_key as other_child_node_key,
        is_birth_month_different,
        is_sex_different
    from pair

)

select
    sided.upn_key,
    node.child_node_key,
    node.child_key,
    node.la_code,
    sided.other_child_node_key,
    sided.is_birth_month_different,
    sided.is_sex_different,
    node.birth_month,
    other_node.birth_month as other_birth_month,
    node.sex_code,
    other_node.sex_code as other_sex_code
from sided
inner join node as like_node on sided.like_node_key = like_node.child_node_key
inner join node as other_node on sided.other_child_node_key = other_node.child_node_key
-- the node that stands for its like speaks for each of them
inner join {{ ref('int_identity__pupil_number') }} as pupil_number
    on sided.pupil_number_key = pupil_number.pupil_number_key
inner join node
    on
        pupil_number.child_node_key = node.child_node_key
        and node.birth_month is not distinct from like_node.birth_month
        and node.sex_code is not distinct from like_node.sex_code
