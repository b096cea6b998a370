-- Which value of each attribute of a child holds from when to when: one row per child, attribute and run of years.
with attribute as (

    select * from {{ ref('int_identity__attribute') }}
    where attribute <> 'former_upn'

),

told as (

    select told.*
    from {{ ref('int_identity__attribute_value') }} as told
    inner join attribute
        on told.child_node_key = attribute.child_node_key and told.attribute = attribute.attribute
    where attribute.has_changed

),

{{ attribute_history('told', 'child_node_key') }},

held as (

    select * from history
    union all
    select
        child_node_key,
        attribute,
        value,
        cast(null as date) as valid_from_date,
        cast(null as date) as valid_to_date,
        from_return_name,
        from_return_year,
        last_return_year
    from attribute
    where not has_changed

)

select
    held.child_node_key,
    person.child_key,
    person.person_key,
    person.la_code,
    held.attribute,
    held.value,
    held.valid_from_date,
    held.valid_to_date,
    held.from_return_name,
    held.from_return_year,
    held.last_return_year
from held
inner join {{ ref('int_identity__person_of_child') }} as person on held.child_node_key = person.child_node_key
