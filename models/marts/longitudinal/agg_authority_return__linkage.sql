-- How far the children of each return can be joined with other data: one row per authority, return and year.
with record as (

    select * from {{ ref('int_identity__record') }}

),

child as (

    select
        record.return_name,
        record.la_code,
        record.collection_year,
        record.child_key,
        person.person_key,
        person.linkage,
        person.is_set_aside
    from record
    inner join {{ ref('int_identity__person_of_child') }} as person
        on record.child_node_key = person.child_node_key

),

person as (

    select
        person_key,
        min(return_name) <> max(return_name) as is_in_both_returns,
        min(la_code) <> max(la_code) as is_in_two_authorities
    from child
    group by person_key

),

counted as (

    select
        child.return_name,
        child.la_code,
        child.collection_year,
        cast(count(*) as integer) as n_children,
        cast(count(*) filter (where child.linkage = 'upn') as integer) as n_linked_by_upn,
        cast(count(*) filter (where child.linkage = 'case_number') as integer) as n_linked_by_case_number,
        cast(count(*) filter (where child.linkage = 'none') as integer) as n_not_linked,
        cast(count(*) filter (where child.is_set_aside) as integer) as n_set_aside,
        cast(count(*) filter (where person.is_in_both_returns) as integer) as n_in_the_other_return,
        cast(count(*) filter (where person.is_in_two_authorities) as integer) as n_in_another_authority
    from child
    inner join person on child.person_key = person.person_key
    group by child.return_name, child.la_code, child.collection_year

)

select
    return_name,
    la_code,
    collection_year,
    n_children,
    n_linked_by_upn,
    n_linked_by_case_number,
    n_not_linked,
    n_set_aside,
    n_in_the_other_return,
    n_in_another_authority,
    {{ exact_ratio('100 * (n_linked_by_upn + n_linked_by_case_number)', 'n_children') }} as linkage_rate_pct
from counted
