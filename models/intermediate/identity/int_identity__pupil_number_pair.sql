-- Pairs of nodes that share a pupil number, and whether they can be one child (timelines.md 2.3).
-- Nodes of one number, birth month and sex fit one another: the smallest stands for them, so that a number shared by
-- thousands by mistake gives as many rows, not their square.
with pupil_number as (

    select * from {{ ref('int_identity__pupil_number') }}

),

shared as (

    select pupil_number_key
    from pupil_number
    group by pupil_number_key
    having count(*) > 1

),

likeness as (

    select
        pupil_number.pupil_number_key,
        pupil_number.upn_key,
        node.child_node_key,
        node.birth_month,
        node.sex_code,
        min(node.child_node_key) over (
            partition by pupil_number.pupil_number_key, node.birth_month, node.sex_code
        ) as like_node_key
    from pupil_number
    inner join shared on pupil_number.pupil_number_key = shared.pupil_number_key
    inner join {{ ref('int_identity__child_node') }} as node on pupil_number.child_node_key = node.child_node_key

),

compared as (

    select
        first_like.pupil_number_key,
        first_like.upn_key,
        first_like.child_node_key,
        second_like.child_node_key as other_child_node_key,
        -- what one of them does not know makes no difference
        coalesce(
            {{ months_apart('first_like.birth_month', 'second_like.birth_month') }} > 1, false
        ) as is_birth_month_different,
        coalesce(first_like.sex_code <> second_like.sex_code, false) as is_sex_different
    from likeness as first_like
    inner join likeness as second_like
        on
            first_like.pupil_number_key = second_like.pupil_number_key
            and first_like.child_node_key < second_like.child_node_key
    where
        first_like.child_node_key = first_like.like_node_key
        and second_like.child_node_key = second_like.like_node_key

)

select
    pupil_number_key,
    upn_key,
    like_node_key as child_node_key,
    child_node_key as other_child_node_key,
    false as is_birth_month_different,
    false as is_sex_different,
    false as is_dropped
from likeness
where child_node_key <> like_node_key
union all
select
    pupil_number_key,
    upn_key,
    child_node_key,
    other_child_node_key,
    is_birth_month_different,
    is_sex_different,
    is_birth_month_different or is_sex_different as is_dropped
from compared
