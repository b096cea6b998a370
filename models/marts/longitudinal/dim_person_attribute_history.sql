-- Which value of each attribute of a person holds from when to when: one row per person, attribute and run of years.
with person as (

    select * from {{ ref('int_identity__person_of_child') }}

),

-- the history of a person of one child number is that of the child
several as (

    select person_key
    from person
    group by person_key
    having count(*) > 1

),

told as (

    select
        person.person_key,
        told.attribute,
        told.value,
        told.is_known,
        told.precedence,
        told.return_name,
        told.collection_year,
        told.reference_date
    from {{ ref('int_identity__attribute_value') }} as told
    inner join person on told.child_node_key = person.child_node_key
    inner join several on person.person_key = several.person_key
    where told.attribute <> 'former_upn'

),

{{ attribute_history('told', 'person_key') }}

select
    person_key,
    attribute,
    value,
    valid_from_date,
    valid_to_date,
    from_return_name,
    from_return_year,
    last_return_year
from history

union all

select
    child.person_key,
    child.attribute,
    child.value,
    child.valid_from_date,
    child.valid_to_date,
    child.from_return_name,
    child.from_return_year,
    child.last_return_year
from {{ ref('dim_child_attribute_history') }} as child
left join several on child.person_key = several.person_key
where several.person_key is null
