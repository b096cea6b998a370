-- One row per initial child protection conference of a child and day, over all returns: timelines.md 3.
-- It stands under the enquiry that led to it or, for a plan transferred in, beside the referral; both are read from the
-- records that stand, so that a corrected date is one conference and not two.
with section_47 as (

    select * from {{ ref('int_timeline_cin_census__section_47_version') }}
    where valid_to_return_year is null and conference_date is not null

),

referral as (

    select * from {{ ref('int_timeline_cin_census__referral_version') }}
    where valid_to_return_year is null and conference_date is not null

),

told as (

    select
        child_key,
        la_code,
        conference_date,
        1 as came_from_rank,
        'section_47' as came_from,
        spell_key as section_47_spell_key,
        spell_start_date as section_47_start_date,
        referral_spell_key,
        referral_date,
        first_return_year,
        last_return_year,
        window_start_date,
        data_cutoff_date
    from section_47

    union all

    select
        child_key,
        la_code,
        conference_date,
        2 as came_from_rank,
        'cin_details' as came_from,
        cast(null as varchar) as section_47_spell_key,
        cast(null as date) as section_47_start_date,
        spell_key as referral_spell_key,
        referral_date,
        first_return_year,
        last_return_year,
        window_start_date,
        data_cutoff_date
    from referral

),

-- two enquiries with one conference date are one conference, with the enquiry that started last
spell as (

    select
        told.*,
        min(told.first_return_year) over of_day as first_year_of_day,
        max(told.last_return_year) over of_day as last_year_of_day
    from told
    window of_day as (partition by told.child_key, told.conference_date)
    qualify
        row_number() over (
            partition by told.child_key, told.conference_date
            order by
                told.came_from_rank asc, told.section_47_start_date desc nulls last,
                told.section_47_spell_key asc, told.referral_spell_key asc
        ) = 1

)

select
    {{ surrogate_key(["'conference'", 'spell.child_key', 'spell.conference_date']) }} as conference_spell_key,
    spell.child_key,
    {{ person_key() }} as person_key,
    spell.la_code,
    spell.referral_spell_key,
    spell.section_47_spell_key,
    spell.conference_date,
    spell.came_from,
    spell.section_47_start_date,
    spell.conference_date < spell.window_start_date as is_left_censored,
    spell.first_year_of_day as first_return_year,
    spell.last_year_of_day as last_return_year,
    spell.window_start_date,
    spell.data_cutoff_date
from spell
{{ join_person("'cin_census'", 'spell.referral_date') }}
