-- What a later return of an authority tells otherwise about a child than an earlier one, and what kept it apart from
-- another with its pupil number: the value of the other, maybe of another authority, is in fct_person_conflict.
with person as (

    select * from {{ ref('int_identity__person_of_child') }}

),

changed as (

    select
        child_node_key,
        attribute
    from {{ ref('int_identity__attribute') }}
    where has_changed and attribute <> 'former_upn'

),

compared as (

    select
        told.*,
        lag(told.value) over child as old_value,
        lag(told.collection_year) over child as from_return_year,
        lag(told.return_name) over child as from_return_name
    from {{ ref('int_identity__attribute_value') }} as told
    inner join changed
        on told.child_node_key = changed.child_node_key and told.attribute = changed.attribute
    where told.is_known
    window child as (partition by told.child_node_key, told.attribute order by told.told_order)

),

dropped as (

    select * from {{ ref('int_identity__dropped_pair') }}

)

select
    person.child_key,
    person.person_key,
    person.la_code,
    compared.attribute,
    compared.old_value,
    compared.value as new_value,
    compared.from_return_year,
    compared.collection_year as to_return_year,
    compared.from_return_name,
    compared.return_name as to_return_name,
    'LATER_RETURN' as rule_code
from compared
inner join person on compared.child_node_key = person.child_node_key
where compared.old_value <> compared.value
union all
{% for attribute, value in [('birth_month', 'birth_month'), ('sex', 'sex_code')] -%}
    select distinct
        dropped.child_key,
        person.person_key,
        dropped.la_code,
        '{{ attribute }}' as attribute,
        cast(dropped.{{ value }} as varchar) as old_value,
        cast(null as varchar) as new_value,
        cast(null as integer) as from_return_year,
        cast(null as integer) as to_return_year,
        cast(null as varchar) as from_return_name,
        cast(null as varchar) as to_return_name,
        'IDENTITY' as rule_code
    from dropped
    inner join person on dropped.child_node_key = person.child_node_key
    where dropped.is_{{ attribute }}_different
    {% if not loop.last %}
        union all
    {% endif %}
{% endfor %}
