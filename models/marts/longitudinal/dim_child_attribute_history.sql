-- Which value of each attribute of a child holds from when to when: one row per child, attribute and run of years.
with told as (

    select * from {{ ref('int_identity__attribute_value') }}
    where attribute <> 'former_upn'

),

-- one value per year: the later return's; "not known" only until something is known
yearly as (

    select
        told.*,
        max(case when told.is_known then 1 else 0 end) over (
            partition by told.child_key, told.family, told.is_after_adoption, told.attribute
            order by told.reference_date
            range between unbounded preceding and current row
        ) as is_known_by_then
    from told
    qualify
        row_number() over (
            partition by
                told.child_key, told.family, told.is_after_adoption, told.attribute, told.reference_date
            order by told.is_known desc, {{ later_return_first('told') }}
        ) = 1

),

changed as (

    select
        yearly.*,
        case
            when yearly.value = lag(yearly.value) over (
                partition by yearly.child_key, yearly.family, yearly.is_after_adoption, yearly.attribute
                order by yearly.reference_date
            ) then 0
            else 1
        end as is_change
    from yearly
    where yearly.is_known or yearly.is_known_by_then = 0

),

numbered as (

    select
        changed.*,
        sum(changed.is_change) over (
            partition by changed.child_key, changed.family, changed.is_after_adoption, changed.attribute
            order by changed.reference_date
            rows between unbounded preceding and current row
        ) as run_number
    from changed

),

run as (

    select
        child_key,
        family,
        is_after_adoption,
        attribute,
        run_number,
        min(value) as value,
        min(case when is_change = 1 then return_name end) as from_return_name,
        min(collection_year) as from_return_year,
        max(collection_year) as last_return_year,
        -- the return of a year speaks of that year: it holds from the first day of it
        min(reference_date) - interval 1 year + interval 1 day as first_date
    from numbered
    group by child_key, family, is_after_adoption, attribute, run_number

)

select
    person.child_node_key,
    run.child_key,
    person.person_key,
    person.la_code,
    run.attribute,
    run.value,
    -- what the first return tells was so before it, as far as anyone knows; what the last tells is so still
    case when run.run_number > 1 then cast(run.first_date as date) end as valid_from_date,
    cast(
        lead(run.first_date) over (
            partition by run.child_key, run.family, run.is_after_adoption, run.attribute
            order by run.run_number
        ) - interval 1 day as date
    ) as valid_to_date,
    run.from_return_name,
    run.from_return_year,
    run.last_return_year
from run
inner join {{ ref('int_identity__person_of_child') }} as person
    on
        run.child_key = person.child_key
        and run.family = person.family
        and run.is_after_adoption = person.is_after_adoption
