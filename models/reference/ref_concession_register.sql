-- Who already holds the 18 to 25 travel concession: the layout in which authorities would tell it, empty until they do.
select
    cast(null as varchar) as la_code,
    cast(null as varchar) as person_key,
    cast(null as varchar) as status,
    cast(null as date) as valid_from_date,
    cast(null as date) as valid_to_date
where false
