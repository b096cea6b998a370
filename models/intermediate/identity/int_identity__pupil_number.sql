-- Which pupil numbers each node was ever known by: one row per node and number (timelines.md 2.2).
with node as (

    select * from {{ ref('int_identity__child_node') }}

),

held as (

    select distinct
        node.child_node_key,
        node.ended_by_adoption_date,
        node.first_event_date,
        told.value as upn_key
    from {{ ref('int_identity__attribute_value') }} as told
    inner join node on told.child_node_key = node.child_node_key
    where told.attribute in ('upn', 'former_upn')

),

-- an adopted child's number belongs to another identity from the day of the adoption on, whoever reports it
adopted as (

    select distinct
        upn_key,
        ended_by_adoption_date as adoption_date
    from held
    where ended_by_adoption_date is not null

),

-- only a number whose holder was adopted can have had another identity before
parted as (

    select
        held.child_node_key,
        held.upn_key,
        cast(count(*) as integer) as n_adoptions_of_upn
    from held
    inner join adopted on held.upn_key = adopted.upn_key and held.first_event_date > adopted.adoption_date
    group by held.child_node_key, held.upn_key

)

select
    held.child_node_key,
    held.upn_key,
    parted.upn_key is not null as is_upn_after_adoption,
    case
        when parted.upn_key is not null
            then
                {{ surrogate_key([
                    'held.upn_key', after_adoption('parted.n_adoptions_of_upn', words='after adoption')
                ]) }}
        else held.upn_key
    end as pupil_number_key
from held
left join parted on held.child_node_key = parted.child_node_key and held.upn_key = parted.upn_key
