-- The nodes persons are made of: one row per child number, family and side of an adoption (timelines.md 2.1, 2.5).
with event as (

    select
        child_key,
        family,
        is_after_adoption,
        la_code,
        return_name,
        collection_year,
        event_date
    from {{ ref('int_identity__event') }}

),

record as (

    select
        child_key,
        family,
        is_after_adoption,
        la_code,
        return_name,
        collection_year,
        -- a return without a dated event still says that the child was known in its year
        case when first_event_date is null then reference_date end as event_date
    from {{ ref('int_identity__record') }}

),

node as (

    select
        child_key,
        family,
        is_after_adoption,
        min(la_code) as la_code,
        min(event_date) as first_event_date,
        max(event_date) as last_event_date,
        min(collection_year) as first_return_year,
        max(collection_year) as last_return_year,
        count(distinct return_name) as n_returns,
        count(*) filter (where return_name = 'cin_census') > 0 as is_in_cin_census,
        count(*) filter (where return_name = 'ssda903') > 0 as is_in_ssda903
    from (
        select * from event
        union all
        select * from record
    ) as seen
    group by child_key, family, is_after_adoption

),

latest as (

    select
        child_key,
        family,
        is_after_adoption,
        attribute,
        value
    from {{ ref('int_identity__attribute_value') }}
    where is_known and attribute in ('birth_month', 'sex')
    qualify
        row_number() over (
            partition by child_key, family, is_after_adoption, attribute
            order by {{ later_return_first() }}
        ) = 1

),

described as (

    select
        child_key,
        family,
        is_after_adoption,
        cast(max(case when attribute = 'birth_month' then value end) as date) as birth_month,
        max(case when attribute = 'sex' then value end) as sex_code
    from latest
    group by child_key, family, is_after_adoption

)

select
    -- the first node of a child number keeps its key
    case
        when
            row_number() over (
                partition by node.child_key order by node.is_after_adoption, node.family
            ) = 1
            then node.child_key
        else
            {{ surrogate_key([
                'node.child_key', 'node.family', "case when node.is_after_adoption then 'after' else 'before' end"
            ]) }}
    end as child_node_key,
    node.child_key,
    node.family,
    node.is_after_adoption,
    adoption.adoption_date,
    node.la_code,
    described.birth_month,
    described.sex_code,
    node.first_event_date,
    node.last_event_date,
    node.first_return_year,
    node.last_return_year,
    cast(node.n_returns as integer) as n_returns,
    node.is_in_cin_census,
    node.is_in_ssda903
from node
left join described
    on
        node.child_key = described.child_key
        and node.family = described.family
        and node.is_after_adoption = described.is_after_adoption
left join {{ ref('int_identity__adoption') }} as adoption
    on node.child_key = adoption.child_key and node.family = adoption.family
