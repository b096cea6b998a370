-- One row per initial child protection conference of a child, by its date, in each year that reports it.
-- A conference stands under the enquiry that led to it, or, for a plan transferred in, beside the referral itself.
with section_47 as (

    select * from {{ ref('int_cin_census__current_section_47') }}
    where conference_date is not null

),

referral as (

    select * from {{ ref('int_cin_census__current_referral') }}
    where conference_date is not null

),

calendar as (

    select * from {{ ref('int_calendar__working_day') }}

),

conference as (

    select
        child_year_key,
        child_key,
        la_code,
        collection_year,
        reference_date,
        load_id,
        conference_date,
        'section_47' as came_from,
        1 as came_from_rank,
        section_47_key,
        section_47_start_date,
        row_number_in_file
    from section_47

    union all

    select
        child_year_key,
        child_key,
        la_code,
        collection_year,
        reference_date,
        load_id,
        conference_date,
        'cin_details' as came_from,
        2 as came_from_rank,
        cast(null as string) as section_47_key,
        cast(null as date) as section_47_start_date,
        row_number_in_file
    from referral

),

-- two enquiries with one conference date are one conference, with the enquiry that started last (timelines.md 3)
one_per_date as (

    select * from conference
    qualify
        row_number() over (
            partition by child_year_key, conference_date
            order by came_from_rank asc, section_47_start_date desc nulls last, row_number_in_file desc
        ) = 1

)

select
    {{ surrogate_key(['one_per_date.child_year_key', 'one_per_date.conference_date']) }} as conference_key,
    one_per_date.child_year_key,
    one_per_date.child_key,
    one_per_date.la_code,
    one_per_date.collection_year,
    one_per_date.reference_date,
    one_per_date.load_id,
    one_per_date.conference_date,
    one_per_date.came_from,
    one_per_date.section_47_key,
    one_per_date.section_47_start_date,
    held.working_day_number - started.working_day_number as working_days_from_section_47
from one_per_date
left join calendar as started on one_per_date.section_47_start_date = started.calendar_date
left join calendar as held on one_per_date.conference_date = held.calendar_date
