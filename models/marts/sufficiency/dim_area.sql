-- One row per authority or district of England and Wales, by its ONS code, and one for not known. Today's star joins
-- areas on their names, and a name that two areas share multiplies rows: here the code alone is the key.
with area as (

    select
        main_ons_code as ons_code,
        country
    from {{ ref('ref_postcode_sector') }}

    union

    select
        ons_code,
        'England' as country
    from {{ ref('ref_authority') }}

)

select
    area.ons_code as area_key,
    area.ons_code,
    authority.la_code,
    -- only London's names are held; the code stands in for the others
    coalesce(authority.la_name, area.ons_code) as area_name,
    case left(area.ons_code, 3)
        when 'E06' then 'Unitary authority'
        when 'E07' then 'District in a county'
        when 'E08' then 'Metropolitan district'
        when 'E09' then 'London borough'
        when 'W06' then 'Welsh authority'
    end as area_type,
    authority.la_code is not null as is_london,
    authority.inner_outer,
    authority.sub_region,
    area.country
from area
left join {{ ref('ref_authority') }} as authority on area.ons_code = authority.ons_code

union all

select
    '-1' as area_key,
    cast(null as varchar) as ons_code,
    cast(null as varchar) as la_code,
    'Not known' as area_name,
    'Not known' as area_type,
    false as is_london,
    cast(null as varchar) as inner_outer,
    cast(null as varchar) as sub_region,
    cast(null as varchar) as country
