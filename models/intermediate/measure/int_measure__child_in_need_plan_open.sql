-- One row per child on a child in need plan and counting day, with what puts it under another heading that day.
with open_plan as (

    select * from {{ ref('int_measure__children_in_need_snapshot') }}
    where state = 'child_in_need_plan'

),

on_child_protection_plan as (

    select
        child_key,
        period_end
    from {{ ref('int_measure__children_in_need_snapshot') }}
    where state = 'child_protection_plan'

),

-- Looked after on the day, where the authority's return of the year tells it; without one the test is left out. The
-- returns may number the child apart, so it is found by the person.
looked_after as (

    select distinct
        care_period.la_code,
        care_period.person_key,
        snapshot.period_end
    from {{ ref('fct_care_period') }} as care_period
    inner join {{ ref('int_measure__period') }} as snapshot
        on
            care_period.la_code = snapshot.la_code
            and snapshot.dataset = 'ssda903.episodes'
            and snapshot.period_type = 'snapshot'
            and {{ is_open_at('care_period.start_date', 'care_period.end_effective_date', 'snapshot.period_end') }}

)

select
    open_plan.child_key,
    open_plan.person_key,
    open_plan.la_code,
    open_plan.period_end,
    open_plan.collection_year,
    open_plan.spell_key as cin_plan_spell_key,
    open_plan.age_band_cin,
    open_plan.sex,
    open_plan.ethnicity_code,
    open_plan.ethnic_group,
    open_plan.disability,
    on_child_protection_plan.child_key is not null as is_on_child_protection_plan,
    looked_after.person_key is not null as is_looked_after
from open_plan
left join on_child_protection_plan
    on
        open_plan.child_key = on_child_protection_plan.child_key
        and open_plan.period_end = on_child_protection_plan.period_end
left join looked_after
    on
        open_plan.la_code = looked_after.la_code
        and open_plan.person_key = looked_after.person_key
        and open_plan.period_end = looked_after.period_end
