-- One row per child of an authority: who it is by the latest known values, and which person it is.
with node as (

    select * from {{ ref('int_identity__child_node') }}

),

described as (

    select
        child_node_key,
        {{ latest_values() }}
    from {{ ref('int_identity__attribute') }}
    group by child_node_key

),

person as (

    select * from {{ ref('int_identity__person_of_child') }}

),

widespread as (

    select person_key
    from person
    group by person_key
    having min(la_code) <> max(la_code)

)

select
    node.child_node_key,
    node.child_key,
    person.person_key,
    node.la_code,
    node.family,
    node.n_adoptions > 0 as is_after_adoption,
    coalesce(node.ended_by_adoption_date, node.began_by_adoption_date) as adoption_date,
    {{ described_values() }},
    node.is_in_cin_census,
    node.is_in_ssda903,
    node.first_event_date,
    node.last_event_date,
    node.first_return_year,
    node.last_return_year,
    person.linkage,
    person.is_set_aside,
    widespread.person_key is not null as is_known_elsewhere_in_london
from node
inner join person on node.child_node_key = person.child_node_key
left join widespread on person.person_key = widespread.person_key
left join described on node.child_node_key = described.child_node_key
left join {{ ref('config_sex') }} as sex on described.sex_code = sex.code
left join {{ ref('code_ethnicity') }} as ethnicity on described.ethnicity_code = ethnicity.code
left join {{ ref('config_ethnic_group') }} as ethnic_group on described.ethnicity_code = ethnic_group.code
