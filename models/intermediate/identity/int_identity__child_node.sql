-- The nodes persons are made of: one row per child number, family and side of an adoption (timelines.md 2.1, 2.5).
with event as (

    select
        child_node_key,
        min(event_date) as first_event_date,
        max(event_date) as last_event_date
    from {{ ref('int_identity__event') }}
    group by child_node_key

),

-- where a child is told of: a return without a dated event still says that the child was known in its year
seen as (

    select
        child_node_key,
        child_key,
        family,
        n_adoptions,
        la_code,
        return_name,
        collection_year,
        reference_date
    from {{ ref('int_identity__record') }}
    union all
    -- a year that dates something of both sides of an adoption has its record on the side before
    select
        event.child_node_key,
        event.child_key,
        event.family,
        event.n_adoptions,
        event.la_code,
        event.return_name,
        event.collection_year,
        cast(null as date) as reference_date
    from {{ ref('int_identity__event') }} as event
    where event.n_adoptions > 0

),

node as (

    select
        child_node_key,
        min(child_key) as child_key,
        min(family) as family,
        min(n_adoptions) as n_adoptions,
        min(la_code) as la_code,
        min(reference_date) as first_reference_date,
        max(reference_date) as last_reference_date,
        min(collection_year) as first_return_year,
        max(collection_year) as last_return_year,
        bool_or(return_name = 'cin_census') as is_in_cin_census,
        bool_or(return_name = 'ssda903') as is_in_ssda903,
        min(return_name) <> max(return_name) as is_in_several_returns
    from seen
    group by child_node_key

),

described as (

    select
        child_node_key,
        cast({{ latest_value('birth_month') }} as date) as birth_month,
        {{ latest_value('sex') }} as sex_code
    from {{ ref('int_identity__attribute') }}
    where attribute in ('birth_month', 'sex') and precedence > 0
    group by child_node_key

)

select
    node.child_node_key,
    node.child_key,
    node.family,
    node.n_adoptions,
    began.adoption_date as began_by_adoption_date,
    ended.adoption_date as ended_by_adoption_date,
    node.la_code,
    described.birth_month,
    described.sex_code,
    coalesce(event.first_event_date, node.first_reference_date) as first_event_date,
    coalesce(event.last_event_date, node.last_reference_date) as last_event_date,
    node.first_return_year,
    node.last_return_year,
    node.is_in_cin_census,
    node.is_in_ssda903,
    node.is_in_several_returns
from node
left join event on node.child_node_key = event.child_node_key
left join described on node.child_node_key = described.child_node_key
left join {{ ref('int_identity__adoption') }} as began
    on
        node.child_key = began.child_key
        and node.family = began.family
        and node.n_adoptions = began.adoption_number
left join {{ ref('int_identity__adoption') }} as ended
    on
        node.child_key = ended.child_key
        and node.family = ended.family
        and node.n_adoptions + 1 = ended.adoption_number
