-- one row per assessment completed in the year of its return, each counted once: what every factor measure counts over
with assessment as (

    select * from {{ ref('fct_assessment') }}

),

assessment_factor as (

    select * from {{ ref('fct_assessment_factor') }}

),

child_year as (

    select * from {{ ref('dim_child_year') }}

),

collection_year as (

    select * from {{ ref('ref_collection_year') }}

),

age_band as (

    select * from {{ ref('config_age_band') }}
    where age_band_set = 'cin'

),

authorised_in_year as (

    select assessment.*
    from assessment
    inner join collection_year on assessment.collection_year = collection_year.collection_year
    where assessment.authorisation_date between collection_year.period_start and collection_year.period_end

),

-- The catalogue: one assessment per authority, child and start date, the row authorised last. Dates outside the year
-- are left out before, so that an impossible date cannot put a right one aside. Rows without a start date stay apart.
latest as (

    select *
    from authorised_in_year
    qualify
        row_number() over (
            partition by
                la_code,
                collection_year,
                child_key,
                assessment_start_date,
                case when assessment_start_date is null then assessment_key end
            order by authorisation_date desc, referral_date desc nulls last, assessment_key asc
        ) = 1

),

-- 20 (other) and 21 (no factors identified) are values, but no factor
factor_count as (

    select
        assessment_key,
        count(distinct case when factor_code not in ('20', '21') then factor_code end) as n_factors
    from assessment_factor
    where factor_code is not null
    group by assessment_key

),

described as (

    select
        latest.assessment_key,
        latest.child_year_key,
        latest.child_key,
        latest.la_code,
        latest.collection_year,
        latest.reference_date,
        latest.assessment_start_date,
        latest.authorisation_date,
        cast(last_day(date_trunc('quarter', latest.authorisation_date) + interval 2 month) as date) as quarter_end_date,
        -- a child born after the authorisation was unborn at it
        coalesce(child_year.is_unborn, false) or coalesce(child_year.birth_month > latest.authorisation_date, false)
            as is_unborn,
        {{ age_at('child_year.birth_month', 'latest.authorisation_date') }} as age_at_authorisation,
        coalesce(child_year.sex_code, 'U') as sex_code,
        coalesce(child_year.ethnic_group, 'Unknown') as ethnic_group,
        case child_year.has_disability when true then 'yes' when false then 'no' else 'unknown' end as disability,
        factor_count.n_factors is not null as has_factors,
        coalesce(factor_count.n_factors, 0) as n_factors
    from latest
    left join child_year on latest.child_year_key = child_year.child_year_key
    left join factor_count on latest.assessment_key = factor_count.assessment_key

)

select
    described.assessment_key,
    described.child_year_key,
    described.child_key,
    described.la_code,
    described.collection_year,
    described.reference_date,
    described.assessment_start_date,
    described.authorisation_date,
    described.quarter_end_date,
    cast(described.age_at_authorisation as integer) as age_at_authorisation,
    case when described.is_unborn then 'unborn' else coalesce(age_band.age_band, 'unknown') end as age_band_cin,
    described.sex_code,
    described.ethnic_group,
    described.disability,
    described.has_factors,
    cast(described.n_factors as integer) as n_factors
from described
left join age_band
    on described.age_at_authorisation between age_band.minimum_age and coalesce(age_band.maximum_age, 999)
order by described.la_code, described.collection_year, described.child_key, described.assessment_key
