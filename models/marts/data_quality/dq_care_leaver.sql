-- What keeps care leavers from being counted, or is told in two ways: one row per authority, year and check.
with care_leaver as (

    select * from {{ ref('int_measure__care_leaver') }}

),

-- as at the end of the year
young_person as (

    select status.*
    from {{ ref('int_measure__care_leaver_status') }} as status
    inner join {{ ref('ref_collection_year') }} as collection_year
        on
            status.collection_year = collection_year.collection_year
            and status.snapshot_date = collection_year.period_end
    where status.age <= 25

),

checked as (

    -- no episode before the 18th birthday: left out of care_leavers_staying_put_pct
    select
        la_code,
        collection_year,
        'no_episode_before_18' as check_code,
        count(*) as n_checked,
        count(*) filter (where was_fostered_before_18 is null) as n_found
    from care_leaver
    where age between 18 and 20
    group by la_code, collection_year

    union all

    -- without a birth month nobody has an age: left out of the cohort
    select
        la_code,
        collection_year,
        'no_age' as check_code,
        count(*) as n_checked,
        count(*) filter (where age_at_reference_date is null) as n_found
    from {{ ref('fct_care_leaver_year') }}
    group by la_code, collection_year

    union all

    -- the returns begin too late to tell whether the care was enough
    select
        la_code,
        collection_year,
        'status_unknown' as check_code,
        count(*) as n_checked,
        count(*) filter (where status = 'unknown') as n_found
    from young_person
    group by la_code, collection_year

    union all

    -- the returns tell all care since the 14th birthday, too little of it, and list a care leaver all the same
    select
        la_code,
        collection_year,
        'listed_though_not_qualified' as check_code,
        count(*) filter (where is_listed_in_any_year) as n_checked,
        count(*) filter (where is_listed_though_not_qualified) as n_found
    from young_person
    group by la_code, collection_year

)

select
    la_code,
    collection_year,
    check_code,
    n_checked,
    n_found
from checked
order by la_code, collection_year, check_code
