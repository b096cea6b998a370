-- Components that cannot be one child and are not used (timelines.md 2.5, 2.6): one row per node, for people to see.
with member as (

    select
        component.component_key,
        node.child_node_key,
        node.child_key,
        node.family,
        node.la_code,
        node.first_event_date,
        node.last_event_date
    from {{ ref('int_identity__component') }} as component
    inner join {{ ref('int_identity__child_node') }} as node on component.node_key = node.child_node_key

),

-- more child numbers of one authority than a child whose number was changed once can have
crowded as (

    select distinct component_key
    from (
        select component_key
        from member
        group by component_key, la_code
        having count(*) > {{ var('identity_maximum_children_per_authority') }}
    ) as authority

),

-- the same child before and after its adoption, tied together by a third
adopted as (

    select distinct component_key
    from (
        select component_key
        from member
        group by component_key, child_key, family
        having count(*) > 1
    ) as child

),

widespread as (

    select component_key
    from member
    where component_key not in (select crowded.component_key from crowded)
    group by component_key
    having count(distinct la_code) > {{ var('identity_maximum_authorities') }}

),

seen as (

    select
        member.component_key,
        member.la_code,
        event.event_date
    from widespread
    inner join member on widespread.component_key = member.component_key
    inner join {{ ref('int_identity__event') }} as event on member.child_node_key = event.child_node_key
    union
    -- a node without a dated event is there on its first and last reference date
    select
        member.component_key,
        member.la_code,
        member.first_event_date as event_date
    from widespread
    inner join member on widespread.component_key = member.component_key
    union
    select
        member.component_key,
        member.la_code,
        member.last_event_date as event_date
    from widespread
    inner join member on widespread.component_key = member.component_key

),

-- authorities with an event in the twelve months from an event on
restless as (

    select distinct component_key
    from (
        select window_start.component_key
        from seen as window_start
        inner join seen as inside
            on
                window_start.component_key = inside.component_key
                and window_start.event_date <= inside.event_date
                and window_start.event_date + interval 12 month > inside.event_date
        group by window_start.component_key, window_start.event_date
        having count(distinct inside.la_code) > {{ var('identity_maximum_authorities') }}
    ) as twelve_months

)

select
    member.component_key,
    member.child_node_key,
    member.child_key,
    member.la_code,
    crowded.component_key is not null as has_too_many_children_of_one_authority,
    restless.component_key is not null as has_too_many_authorities_in_twelve_months,
    adopted.component_key is not null as is_both_sides_of_an_adoption
from member
left join crowded on member.component_key = crowded.component_key
left join restless on member.component_key = restless.component_key
left join adopted on member.component_key = adopted.component_key
where
    crowded.component_key is not null
    or restless.component_key is not null
    or adopted.component_key is not null
