-- What child numbers of one person tell otherwise, and pairs that a pupil number does not make one person: one row per
-- change, and per pair and attribute (timelines.md 2.3, 3). Two authorities' values side by side: for London alone.
with person as (

    select * from {{ ref('int_identity__person_of_child') }}

),

-- a person of one child number has its changes in fct_conflict
several as (

    select person_key
    from person
    group by person_key
    having count(*) > 1

),

told as (

    select
        person.person_key,
        person.child_key,
        person.la_code,
        told.child_node_key,
        told.attribute,
        told.value,
        told.return_name,
        told.collection_year,
        lag(told.child_node_key) over of_person as former_child_node_key,
        lag(told.value) over of_person as old_value,
        lag(told.return_name) over of_person as from_return_name,
        lag(told.collection_year) over of_person as from_return_year
    from {{ ref('int_identity__attribute_value') }} as told
    inner join person on told.child_node_key = person.child_node_key
    inner join several on person.person_key = several.person_key
    where told.is_known and told.attribute <> 'former_upn'
    window
        of_person as (
            partition by person.person_key, told.attribute order by told.told_order, told.child_node_key
        )

),

dropped as (

    select * from {{ ref('int_identity__dropped_pair') }}

),

conflict as (

    select
        told.person_key,
        told.attribute,
        former.child_key as child_key_from,
        told.child_key as child_key_to,
        former.la_code as la_from,
        told.la_code as la_to,
        told.old_value,
        told.value as new_value,
        told.from_return_name,
        told.from_return_year,
        told.return_name as to_return_name,
        told.collection_year as to_return_year,
        'LATER_RETURN' as rule_code
    from told
    inner join person as former on told.former_child_node_key = former.child_node_key
    where told.child_node_key <> told.former_child_node_key and told.value <> told.old_value

    {% for attribute, value in [('birth_month', 'birth_month'), ('sex', 'sex_code')] %}
        union all

        select distinct
            person.person_key,
            '{{ attribute }}' as attribute,
            dropped.child_key as child_key_from,
            other_person.child_key as child_key_to,
            dropped.la_code as la_from,
            other_person.la_code as la_to,
            cast(dropped.{{ value }} as varchar) as old_value,
            cast(dropped.other_{{ value }} as varchar) as new_value,
            cast(null as varchar) as from_return_name,
            cast(null as integer) as from_return_year,
            cast(null as varchar) as to_return_name,
            cast(null as integer) as to_return_year,
            'IDENTITY' as rule_code
        from dropped
        inner join person on dropped.child_node_key = person.child_node_key
        inner join person as other_person on dropped.other_child_node_key = other_person.child_node_key
        where dropped.is_{{ attribute }}_different
    {% endfor %}

)

select
    {{ surrogate_key([
        'conflict.person_key', 'conflict.attribute', 'conflict.child_key_from', 'conflict.child_key_to',
        'conflict.old_value', 'conflict.new_value', 'conflict.from_return_name', 'conflict.from_return_year',
        'conflict.to_return_name', 'conflict.to_return_year', 'conflict.rule_code'
    ]) }} as person_conflict_key,
    conflict.*
from conflict
