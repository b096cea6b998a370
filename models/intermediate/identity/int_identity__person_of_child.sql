-- The person each node is: one row per child number, family and side of an adoption (timelines.md 2).
with node as (

    select * from {{ ref('int_identity__child_node') }}

),

review as (

    select child_node_key from {{ ref('int_identity__review_list') }}

),

grouped as (

    select
        node.child_node_key,
        -- each child of a component that is set aside is a person of its own
        case
            when review.child_node_key is null then coalesce(component.component_key, node.child_node_key)
            else node.child_node_key
        end as component_key,
        review.child_node_key is not null as is_set_aside
    from node
    left join {{ ref('int_identity__component') }} as component on node.child_node_key = component.node_key
    left join review on node.child_node_key = review.child_node_key

),

-- a pupil number that two components hold, because their children cannot be one, names neither
named as (

    select
        component_key,
        min(pupil_number_key) as pupil_number_key
    from (
        select
            pupil_number.pupil_number_key,
            min(grouped.component_key) as component_key
        from {{ ref('int_identity__pupil_number') }} as pupil_number
        inner join grouped on pupil_number.child_node_key = grouped.child_node_key
        group by pupil_number.pupil_number_key
        having min(grouped.component_key) = max(grouped.component_key)
    ) as undisputed
    group by component_key

),

sized as (

    select
        component_key,
        count(*) as n_nodes
    from grouped
    group by component_key

)

select
    node.child_node_key,
    node.child_key,
    node.family,
    node.n_adoptions,
    -- the rows that are this child's: those that begin after the one day and not after the other
    coalesce(node.began_by_adoption_date, date '0001-01-01') as side_from_date,
    coalesce(
        lead(node.began_by_adoption_date) over (
            partition by node.child_key, node.family order by node.n_adoptions
        ),
        date '9999-12-31'
    ) as side_to_date,
    node.la_code,
    case
        when grouped.is_set_aside then node.child_node_key
        else coalesce(named.pupil_number_key, grouped.component_key)
    end as person_key,
    case
        when not grouped.is_set_aside and (named.pupil_number_key is not null or sized.n_nodes > 1) then 'upn'
        when node.is_in_several_returns then 'case_number'
        else 'none'
    end as linkage,
    grouped.is_set_aside
from node
inner join grouped on node.child_node_key = grouped.child_node_key
inner join sized on grouped.component_key = sized.component_key
left join named on grouped.component_key = named.component_key
