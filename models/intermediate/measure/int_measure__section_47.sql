-- One row per section 47 enquiry: whether a conference or a plan followed, and whether that can be told yet.
with time_window as (

    select max(case when window_name = 'section_47_to_plan' then length end) as days
    from {{ ref('config_window') }}

),

section_47 as (

    select * from {{ ref('fct_section_47_spell') }}

),

-- what can follow an enquiry: a conference of any kind, or the start of a plan
follower as (

    select
        child_key,
        conference_date as follower_date
    from {{ ref('fct_conference_spell') }}

    union

    select
        child_key,
        start_date as follower_date
    from {{ ref('fct_child_protection_plan_spell') }}

),

followed as (

    select distinct section_47.section_47_spell_key
    from section_47
    cross join time_window
    inner join follower
        on
            section_47.child_key = follower.child_key
            and {{ days_between('section_47.start_date', 'follower.follower_date') }} between 0 and time_window.days

)

select
    section_47.section_47_spell_key,
    section_47.child_key,
    section_47.la_code,
    section_47.start_date,
    -- to the data cutoff, or to the last return before a year that was never sent
    {{ days_between('section_47.start_date', 'sent.observed_until_date') }} >= time_window.days
        as is_old_enough_to_tell,
    section_47.conference_date is null and followed.section_47_spell_key is null as is_without_conference_or_plan
from section_47
cross join time_window
inner join {{ ref('int_journey__return') }} as sent
    on section_47.la_code = sent.la_code and section_47.last_return_year = sent.collection_year
left join followed on section_47.section_47_spell_key = followed.section_47_spell_key
