-- Who a child is, by the latest known values (timelines.md 3): what every measure breaks down by.
with child as (

    select * from {{ ref('dim_child') }}
    -- a child after its adoption is a new person in law, with the same number here
    where not is_after_adoption

),

-- the series of child numbers a return uses now
family as (

    select
        return_name,
        la_code,
        family
    from {{ ref('int_identity__case_number_family') }}
    qualify row_number() over (partition by return_name, la_code order by collection_year desc) = 1

)

select
    child.child_key,
    family.return_name,
    child.la_code,
    child.person_key,
    child.birth_month,
    child.expected_birth_month,
    child.sex_code as sex,
    child.ethnicity_code,
    child.ethnic_group
from child
inner join family on child.la_code = family.la_code and child.family = family.family
