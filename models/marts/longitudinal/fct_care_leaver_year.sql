-- One row per care leaver and year with what the year before said: a status may come back, each year is kept as it was.
with spell as (

    select
        status.*,
        lag(status.collection_year) over of_person_in_la as former_return_year,
        lag(status.in_touch_code) over of_person_in_la as former_in_touch_code,
        lag(status.activity_group) over of_person_in_la as former_activity_group,
        lag(status.accommodation_suitability) over of_person_in_la as former_accommodation_suitability
    from {{ ref('fct_care_leaver_status') }} as status
    window of_person_in_la as (partition by status.child_key order by status.collection_year)

)

select
    spell.child_year_key,
    spell.child_key,
    {{ person_key() }} as person_key,
    spell.la_code,
    spell.collection_year,
    spell.reference_date,
    spell.age_at_reference_date,
    spell.in_touch_code,
    spell.in_touch_label,
    spell.activity_code,
    spell.activity_group,
    spell.accommodation_code,
    spell.accommodation_suitability,
    spell.former_return_year,
    spell.former_in_touch_code,
    spell.former_activity_group,
    spell.former_accommodation_suitability
from spell
{{ join_person("'ssda903'", 'spell.reference_date', return_year='spell.collection_year') }}
