-- One row per care leaver and year: touch, activity and accommodation around the birthday (OC3).
with oc3 as (

    select * from {{ ref('int_ssda903__current_oc3') }}

)

select
    oc3.child_year_key,
    oc3.child_key,
    oc3.la_code,
    oc3.collection_year,
    oc3.reference_date,
    oc3.load_id,
    oc3.birth_month,
    cast({{ age_at('oc3.birth_month', 'oc3.reference_date') }} as integer) as age_at_reference_date,
    oc3.in_touch_code,
    oc3.in_touch_label,
    oc3.activity_code,
    oc3.activity_label,
    coalesce(activity_group.activity_group, 'not known') as activity_group,
    oc3.accommodation_code,
    oc3.accommodation_label,
    accommodation_group.accommodation_type_code,
    accommodation_group.accommodation_type_label,
    coalesce(accommodation_group.accommodation_suitability, 'no information') as accommodation_suitability
from oc3
left join {{ ref('config_activity_group') }} as activity_group on oc3.activity_code = activity_group.code
left join {{ ref('config_accommodation_group') }} as accommodation_group
    on oc3.accommodation_code = accommodation_group.code
