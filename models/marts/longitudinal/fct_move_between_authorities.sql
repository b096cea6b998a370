-- Children who became known to an authority after another of London: one row per person, pair and day (timelines.md 6).
with person as (

    select * from {{ ref('int_identity__person_of_child') }}

),

moving as (

    select person_key
    from person
    group by person_key
    having min(la_code) <> max(la_code)

),

event as (

    select
        person.person_key,
        event.la_code,
        event.event_kind,
        event.event_date,
        event.reason_code,
        min(event.event_date) over (partition by person.person_key, event.la_code) as first_event_date
    from moving
    inner join person on moving.person_key = person.person_key
    inner join {{ ref('int_identity__event') }} as event on person.child_node_key = event.child_node_key

),

-- an authority begins with a child at its first event, and anew at each referral and each start of care
arrival as (

    select distinct
        person_key,
        la_code,
        event_date
    from event
    where
        event_date = first_event_date
        or event_kind = 'referral'
        or (event_kind = 'episode_start' and reason_code = 'S')

),

authority as (

    select distinct
        person_key,
        la_code
    from event

),

-- each arrival against each other authority that knows the person, and what came before it in the two
faced as (

    select
        arrival.person_key,
        other.la_code as la_from,
        arrival.la_code as la_to,
        arrival.event_date as move_date,
        max(case when before.la_code = other.la_code then before.event_date end) as last_arrival_from_date,
        max(case when before.la_code = arrival.la_code then before.event_date end) as last_arrival_to_date,
        max(before.event_date) as last_arrival_date
    from arrival
    inner join authority as other
        on arrival.person_key = other.person_key and arrival.la_code <> other.la_code
    inner join arrival as before
        on arrival.person_key = before.person_key and arrival.event_date > before.event_date
    group by arrival.person_key, other.la_code, arrival.la_code, arrival.event_date

)

select
    faced.person_key,
    faced.la_from,
    faced.la_to,
    faced.move_date,
    case
        when
            bool_or(
                event.event_date >= faced.move_date - interval 31 day
                and (
                    (event.event_kind = 'episode_end' and event.reason_code = 'E3')
                    or (event.event_kind = 'referral_closed' and event.reason_code = 'RC5')
                )
            )
            then 'transfer'
        else 'known_in_both'
    end as kind,
    max(event.event_date) as last_event_from_date,
    coalesce(faced.last_arrival_from_date = faced.last_arrival_date, false) as is_from_latest_authority
from faced
inner join event
    on
        faced.person_key = event.person_key
        and faced.la_from = event.la_code
        and faced.move_date >= event.event_date
        and faced.move_date - interval 24 month <= event.event_date
where
    faced.last_arrival_from_date > faced.last_arrival_to_date
    or (faced.last_arrival_from_date is not null and faced.last_arrival_to_date is null)
group by
    faced.person_key, faced.la_from, faced.la_to, faced.move_date,
    faced.last_arrival_from_date, faced.last_arrival_date
