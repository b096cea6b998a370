-- one row per authority, collection year and ethnicity: pupils by the school census, the last census carried forward
with headcount as (

    select * from {{ ref('ref_school_census_ethnicity') }}

),

ethnic_group as (

    select * from {{ ref('config_ethnic_group') }}

),

-- the latest school census on or before each collection year: the January before its reference date
census_of_year as (

    select
        collection_year.collection_year,
        max(headcount.census_year) as census_year
    from {{ ref('ref_collection_year') }} as collection_year
    inner join headcount on collection_year.collection_year >= headcount.census_year
    group by collection_year.collection_year

)

select
    headcount.la_code,
    census_of_year.collection_year,
    headcount.ethnicity_code,
    ethnic_group.ethnic_group,
    headcount.headcount,
    census_of_year.census_year as denominator_year,
    'school census' as denominator_source
from census_of_year
inner join headcount on census_of_year.census_year = headcount.census_year
inner join ethnic_group on headcount.ethnicity_code = ethnic_group.code
order by headcount.la_code, census_of_year.collection_year, headcount.ethnicity_code
