-- One row per child looked after by an authority (a child number, and the person it is in law), and one for not known.
with looked_after as (

    select
        child_key,
        person_key,
        la_code,
        min(start_date) as first_start_date,
        max(last_return_year) as last_return_year
    from {{ ref('fct_episode_spell') }}
    group by child_key, person_key, la_code

),

-- a child number that two series of an authority share has two rows: that of the looked after return comes first
described as (

    select *
    from {{ ref('dim_child') }}
    qualify
        row_number() over (
            partition by child_key, person_key
            order by is_in_ssda903 desc, last_return_year desc, child_node_key asc
        ) = 1

),

uasc as (

    select
        child_key,
        max(end_date) as uasc_status_ceased_date
    from {{ ref('fct_uasc_spell') }}
    group by child_key

)

select
    {{ surrogate_key(['looked_after.child_key', 'looked_after.person_key']) }} as looked_after_child_key,
    looked_after.child_key,
    looked_after.person_key,
    looked_after.la_code,
    authority.ons_code as area_key,
    described.birth_month,
    coalesce(described.sex_code, 'U') as sex_code,
    coalesce(described.sex_label, 'Unknown') as sex_label,
    described.ethnicity_code,
    described.ethnicity_label,
    coalesce(described.ethnic_group, 'Unknown') as ethnic_group,
    uasc.child_key is not null as is_uasc,
    uasc.uasc_status_ceased_date,
    looked_after.first_start_date,
    looked_after.last_return_year
from looked_after
inner join {{ ref('ref_authority') }} as authority on looked_after.la_code = authority.la_code
left join described
    on looked_after.child_key = described.child_key and looked_after.person_key = described.person_key
left join uasc on looked_after.child_key = uasc.child_key

union all

select
    '-1' as looked_after_child_key,
    cast(null as varchar) as child_key,
    cast(null as varchar) as person_key,
    cast(null as varchar) as la_code,
    '-1' as area_key,
    cast(null as date) as birth_month,
    'U' as sex_code,
    'Unknown' as sex_label,
    cast(null as varchar) as ethnicity_code,
    cast(null as varchar) as ethnicity_label,
    'Unknown' as ethnic_group,
    false as is_uasc,
    cast(null as date) as uasc_status_ceased_date,
    cast(null as date) as first_start_date,
    cast(null as integer) as last_return_year
