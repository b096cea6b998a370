-- Which pupil numbers each node was ever known by: one row per node and number (timelines.md 2.2).
with node as (

    select * from {{ ref('int_identity__child_node') }}

),

held as (

    select distinct
        node.child_node_key,
        node.is_after_adoption,
        node.adoption_date,
        node.first_event_date,
        told.value as upn_key
    from {{ ref('int_identity__attribute_value') }} as told
    inner join node on told.child_node_key = node.child_node_key
    where told.attribute in ('upn', 'former_upn')

),

-- an adopted child's number belongs to another identity from the day of the adoption on, whoever reports it
adopted as (

    select
        upn_key,
        min(adoption_date) as adoption_date
    from held
    where not is_after_adoption and adoption_date is not null
    group by upn_key

)

select
    held.child_node_key,
    held.upn_key,
    coalesce(held.first_event_date > adopted.adoption_date, false) as is_upn_after_adoption,
    case
        when held.first_event_date > adopted.adoption_date
            then {{ surrogate_key(['held.upn_key', "'after adoption'"]) }}
        else held.upn_key
    end as pupil_number_key
from held
left join adopted on held.upn_key = adopted.upn_key
