-- One row per child, authority and year of the looked after return, as the current header file gives it.
with header as (

    select * from {{ ref('int_ssda903__current_header') }}

),

uasc as (

    select child_year_key from {{ ref('int_ssda903__current_uasc') }}

),

aged as (

    select
        header.*,
        cast({{ age_at('header.birth_month', 'header.reference_date') }} as integer) as age_at_reference_date
    from header

)

select
    aged.child_year_key,
    aged.child_key,
    aged.la_code,
    aged.collection_year,
    aged.reference_date,
    aged.load_id,
    aged.birth_month,
    aged.age_at_reference_date,
    age_band.age_band as age_band_cla,
    coalesce(aged.sex_code, 'U') as sex_code,
    coalesce(aged.sex_label, 'Unknown') as sex_label,
    aged.ethnicity_code,
    aged.ethnicity_label,
    coalesce(ethnic_group.ethnic_group, 'Unknown') as ethnic_group,
    aged.upn_key,
    aged.upn_status,
    aged.upn_unknown_code,
    aged.upn_unknown_label,
    aged.is_mother,
    aged.mothers_child_birth_month,
    uasc.child_year_key is not null as is_uasc
from aged
left join uasc on aged.child_year_key = uasc.child_year_key
left join {{ ref('config_ethnic_group') }} as ethnic_group on aged.ethnicity_code = ethnic_group.code
left join {{ ref('config_age_band') }} as age_band
    on
        age_band.age_band_set = 'cla'
        and aged.age_at_reference_date between age_band.minimum_age and age_band.maximum_age
