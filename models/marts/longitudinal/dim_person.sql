-- One row per person: a child over both returns, all years and all authorities, by the latest known values.
with person as (

    select * from {{ ref('int_identity__person_of_child') }}

),

node as (

    select
        person.person_key,
        person.linkage,
        person.is_set_aside,
        node.*
    from {{ ref('int_identity__child_node') }} as node
    inner join person on node.child_node_key = person.child_node_key

),

known as (

    select
        person_key,
        min(linkage) as linkage,
        min(coalesce(ended_by_adoption_date, began_by_adoption_date)) as adoption_date,
        bool_or(n_adoptions > 0) as is_after_adoption,
        cast(count(*) as integer) as n_children,
        cast(count(distinct la_code) as integer) as n_authorities,
        bool_or(is_in_cin_census) as is_in_cin_census,
        bool_or(is_in_ssda903) as is_in_ssda903,
        min(first_event_date) as first_event_date,
        max(last_event_date) as last_event_date,
        min(first_return_year) as first_return_year,
        max(last_return_year) as last_return_year,
        bool_or(is_set_aside) as is_set_aside
    from node
    group by person_key

),

described as (

    select
        person.person_key,
        -- two child numbers in one return tell at once: the greater value stands, whatever the order of the rows
        {{ latest_values('row(told.precedence, told.value)') }}
    from {{ ref('int_identity__attribute') }} as told
    inner join person on told.child_node_key = person.child_node_key
    group by person.person_key

)

select
    known.person_key,
    known.adoption_date,
    known.is_after_adoption,
    {{ described_values() }},
    known.n_children,
    known.n_authorities,
    known.is_in_cin_census,
    known.is_in_ssda903,
    known.first_event_date,
    known.last_event_date,
    known.first_return_year,
    known.last_return_year,
    known.linkage,
    known.is_set_aside
from known
left join described on known.person_key = described.person_key
left join {{ ref('config_sex') }} as sex on described.sex_code = sex.code
left join {{ ref('code_ethnicity') }} as ethnicity on described.ethnicity_code = ethnicity.code
left join {{ ref('config_ethnic_group') }} as ethnic_group on described.ethnicity_code = ethnic_group.code
