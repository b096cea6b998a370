-- Every end of a period of care in a quarter or year, with the child as it was on that day.
with period as (

    select * from {{ ref('int_measure__period') }}
    where dataset = 'ssda903.episodes' and period_type in ('quarter', 'year')

),

-- timelines.md 1: an assumed end counts on the day after it
exit as (

    select
        period.collection_year,
        period.period_type,
        period.period_start,
        period.period_end,
        care_period.care_period_key,
        care_period.child_key,
        care_period.person_key,
        care_period.la_code,
        care_period.start_date,
        care_period.end_date,
        care_period.end_source,
        care_period.end_effective_date,
        -- an assumed end has no reason that is known
        case when care_period.end_source <> 'assumed' then care_period.reason_ceased end as reason_ceased_code,
        case when care_period.end_source <> 'assumed' then care_period.leaving_care_group end as leaving_care_group,
        -- a child who ceases twice in a period counts once, with the last end
        row_number() over (
            partition by period.period_type, period.period_end, care_period.child_key
            order by care_period.end_effective_date desc, care_period.care_period_key desc
        ) = 1 as is_last_in_period
    from period
    inner join {{ ref('fct_care_period') }} as care_period
        on
            period.la_code = care_period.la_code
            and period.period_start <= care_period.end_effective_date
            and period.period_end >= care_period.end_effective_date

),

described as (

    select
        exit.*,
        child.birth_month,
        {{ age_at('child.birth_month', 'exit.end_date') }} as age,
        child.sex,
        child.ethnicity_code,
        child.ethnic_group,
        -- the status reaches the last day of care: it often ceases on that very day, the 18th birthday
        coalesce(
            uasc.start_date <= exit.end_date and (uasc.end_date is null or uasc.end_date >= exit.end_date),
            false
        ) as is_uasc
    from exit
    left join {{ ref('int_measure__child') }} as child
        on exit.child_key = child.child_key and child.return_name = 'ssda903'
    left join {{ ref('fct_uasc_spell') }} as uasc on exit.child_key = uasc.child_key

)

select
    la_code,
    child_key,
    person_key,
    collection_year,
    period_type,
    period_start,
    period_end,
    care_period_key,
    start_date,
    end_date,
    end_source,
    end_effective_date,
    is_last_in_period,
    coalesce(reason_ceased_code, 'not known') as reason_ceased_code,
    coalesce(leaving_care_group, 'not known') as reason_ceased,
    cast(age as integer) as age,
    {{ age_band_cla('birth_month', 'end_date') }} as age_band_cla,
    coalesce(sex, 'U') as sex,
    ethnicity_code,
    coalesce(ethnic_group, 'Unknown') as ethnic_group,
    case when is_uasc then 'yes' else 'no' end as uasc
from described
