{{ config(materialized='view') }}
-- One row per pre-proceedings block, from when to when it counts, and how long it took where both its dates were told.
with block as (

    select
        *,
        -- It ends with the first of the decision to step up or down and the application to court. An end assumed
        -- because a later return no longer tells of the block ends it too, but nobody knows how long that took.
        least(case when end_source = 'reported' then end_date end, court_application_date) as told_end_date,
        -- without a start the first date of the block stands for it
        case when coalesce(start_rule_code, '') <> 'FIRST_DATE' then start_date end as told_start_date
    from {{ ref('fct_pre_proceedings_spell') }}

)

select
    pre_proceedings_spell_key,
    child_key,
    person_key,
    la_code,
    start_date,
    least(end_effective_date, court_application_date) as end_effective_date,
    told_end_date,
    case
        when told_end_date >= told_start_date then {{ days_between('told_start_date', 'told_end_date') }}
    end as days_in_pre_proceedings
from block
