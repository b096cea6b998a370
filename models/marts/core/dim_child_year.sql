-- One row per child, authority and year of the children in need census, as the current submission gives it.
with child as (

    select * from {{ ref('int_cin_census__current_child') }}

),

disability as (

    -- NONE says that there is none; it stands alone when the return is right
    select
        child_year_key,
        count(*) filter (where disability_code <> 'NONE') as n_disabilities
    from {{ ref('int_cin_census__current_child_disability') }}
    group by child_year_key

),

aged as (

    select
        child.*,
        child.birth_month is null and child.expected_birth_month is not null as is_unborn,
        cast({{ age_at('child.birth_month', 'child.reference_date') }} as integer) as age_at_reference_date
    from child

)

select
    aged.child_year_key,
    aged.child_key,
    aged.la_code,
    aged.collection_year,
    aged.reference_date,
    aged.load_id,
    aged.birth_month,
    aged.expected_birth_month,
    aged.death_month,
    aged.is_unborn,
    aged.age_at_reference_date,
    case when aged.is_unborn then 'unborn' else age_band.age_band end as age_band_cin,
    coalesce(aged.sex_code, 'U') as sex_code,
    coalesce(aged.sex_label, 'Unknown') as sex_label,
    aged.ethnicity_code,
    aged.ethnicity_label,
    coalesce(ethnic_group.ethnic_group, 'Unknown') as ethnic_group,
    aged.upn_key,
    aged.upn_status,
    aged.upn_unknown_code,
    aged.upn_unknown_label,
    aged.former_upn_key,
    disability.n_disabilities > 0 as has_disability,
    cast(disability.n_disabilities as integer) as n_disabilities
from aged
left join disability on aged.child_year_key = disability.child_year_key
left join {{ ref('config_ethnic_group') }} as ethnic_group on aged.ethnicity_code = ethnic_group.code
left join {{ ref('config_age_band') }} as age_band
    on
        age_band.age_band_set = 'cin'
        and aged.age_at_reference_date >= age_band.minimum_age
        and (age_band.maximum_age is null or aged.age_at_reference_date <= age_band.maximum_age)
