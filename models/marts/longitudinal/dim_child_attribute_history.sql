-- Which value of each attribute of a child holds from when to when: one row per child, attribute and run of years.
with attribute as (

    select * from {{ ref('int_identity__attribute') }}
    where attribute <> 'former_upn'

),

-- one value per year: the later return's; "not known" only until something is known
yearly as (

    select
        told.*,
        max(case when told.is_known then 1 else 0 end) over (
            partition by told.child_node_key, told.attribute
            order by told.reference_date
            range between unbounded preceding and current row
        ) as is_known_by_then
    from {{ ref('int_identity__attribute_value') }} as told
    inner join attribute
        on told.child_node_key = attribute.child_node_key and told.attribute = attribute.attribute
    where attribute.has_changed
    qualify
        row_number() over (
            partition by told.child_node_key, told.attribute, told.reference_date
            order by told.precedence desc
        ) = 1

),

changed as (

    select
        yearly.*,
        case when yearly.value = lag(yearly.value) over child then 0 else 1 end as is_change
    from yearly
    where yearly.is_known or yearly.is_known_by_then = 0
    window child as (partition by yearly.child_node_key, yearly.attribute order by yearly.reference_date)

),

numbered as (

    select
        changed.*,
        sum(changed.is_change) over (
            partition by changed.child_node_key, changed.attribute
            order by changed.reference_date
            rows between unbounded preceding and current row
        ) as run_number
    from changed

),

run as (

    select
        child_node_key,
        attribute,
        run_number,
        min(value) as value,
        min(case when is_change = 1 then return_name end) as from_return_name,
        min(collection_year) as from_return_year,
        max(collection_year) as last_return_year,
        -- the return of a year speaks of that year: it holds from the first day of it
        min(reference_date) - interval 1 year + interval 1 day as first_date
    from numbered
    group by child_node_key, attribute, run_number

),

history as (

    select
        child_node_key,
        attribute,
        value,
        -- what the first return tells was so before it, as far as anyone knows; what the last tells is so still
        case when run_number > 1 then cast(first_date as date) end as valid_from_date,
        cast(
            lead(first_date) over (partition by child_node_key, attribute order by run_number) - interval 1 day as date
        ) as valid_to_date,
        from_return_name,
        from_return_year,
        last_return_year
    from run
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
    history.child_node_key,
    person.child_key,
    person.person_key,
    person.la_code,
    history.attribute,
    history.value,
    history.valid_from_date,
    history.valid_to_date,
    history.from_return_name,
    history.from_return_year,
    history.last_return_year
from history
inner join {{ ref('int_identity__person_of_child') }} as person on history.child_node_key = person.child_node_key
