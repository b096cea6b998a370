{#-
    Which nodes of an undirected graph hang together: one row per node that a link touches, with the smallest node it can
    reach. `links` is a relation with two columns of node keys, one row per link, in either direction, repeats allowed.

    Every node starts as its own parent. In a pass each node takes the smallest of two: the parent of its parent, and the
    smallest parent found next to the children of its parent. The first halves the way to the root, the second joins two
    trees, so a chain of 100,000 needs 19 passes. Passes go on until one changes nothing. Then no neighbour has a smaller
    parent, so a component has one parent, and as parents only ever fall it is the smallest node of it.

    Passes, not a fixed number of them: the number that a chain needs is not known beforehand, and one too few would
    join half a child. Measured with 1.5 million nodes in pairs, recursion takes the 6.5 CPU seconds of six passes
    written out; with a chain of 2,000 those six are wrong, and handing labels on by one neighbour a pass, which is right,
    takes six times as long and grows with the square. Keys become row numbers first, in their own order, because numbers
    are quicker to compare.
    A query of its own: it begins with the recursive keyword.
-#}
{% macro connected_components(links, left, right) -%}
with recursive node as (

    select
        node_key,
        row_number() over (order by node_key) as node
    from (
        select {{ left }} as node_key from {{ links }}
        union
        select {{ right }} as node_key from {{ links }}
    ) as touched

),

neighbour as (

    select
        first_node.node,
        second_node.node as neighbour
    from {{ links }} as link
    inner join node as first_node on link.{{ left }} = first_node.node_key
    inner join node as second_node on link.{{ right }} = second_node.node_key
    union
    select
        second_node.node,
        first_node.node as neighbour
    from {{ links }} as link
    inner join node as first_node on link.{{ left }} = first_node.node_key
    inner join node as second_node on link.{{ right }} = second_node.node_key

),

pass (node, parent, is_last) as (

    select
        node,
        node as parent,
        false as is_last
    from node

    union all

    select
        mine.node,
        least(above.parent, coalesce(hook.parent, above.parent)) as parent,
        bool_and(mine.parent = least(above.parent, coalesce(hook.parent, above.parent))) over () as is_last
    from pass as mine
    inner join pass as above on mine.parent = above.node
    left join (
        select
            ours.parent as node,
            min(theirs.parent) as parent
        from neighbour
        inner join pass as ours on neighbour.node = ours.node
        inner join pass as theirs on neighbour.neighbour = theirs.node
        group by ours.parent
    ) as hook on mine.parent = hook.node
    where not mine.is_last

)

select
    node.node_key,
    smallest.node_key as component_key
from pass
inner join node on pass.node = node.node
inner join node as smallest on pass.parent = smallest.node
where pass.is_last
{%- endmacro %}
