-- Every start of a period of care in a quarter or year, with the child as it was on that day.
with period as (

    select * from {{ ref('int_measure__period') }}
    where dataset = 'ssda903.episodes' and period_type in ('quarter', 'year')

),

entry as (

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
        care_period.first_legal_status_code,
        care_period.first_category_of_need_code,
        care_period.data_cutoff_date,
        -- a child who starts twice in a period counts once, with the first start
        row_number() over (
            partition by period.period_type, period.period_end, care_period.child_key
            order by care_period.start_date, care_period.care_period_key
        ) = 1 as is_first_in_period
    from period
    inner join {{ ref('fct_care_period') }} as care_period
        on
            period.la_code = care_period.la_code
            and period.period_start <= care_period.start_date
            and period.period_end >= care_period.start_date

),

described as (

    select
        entry.*,
        child.birth_month,
        {{ age_at('child.birth_month', 'entry.start_date') }} as age,
        child.sex,
        child.ethnicity_code,
        child.ethnic_group,
        legal_status.code as legal_status,
        legal_status.legal_status_group,
        need.code as category_of_need,
        -- a status that ceased on or before the day of the start does not count
        coalesce({{ is_open_at('uasc.start_date', 'uasc.end_effective_date', 'entry.start_date') }}, false)
            as is_uasc
    from entry
    left join {{ ref('int_measure__child') }} as child
        on entry.child_key = child.child_key and child.return_name = 'ssda903'
    left join {{ ref('config_legal_status_group') }} as legal_status
        on entry.first_legal_status_code = legal_status.code
    left join {{ ref('code_category_of_need') }} as need
        on entry.first_category_of_need_code = need.code
    left join {{ ref('fct_uasc_spell') }} as uasc on entry.child_key = uasc.child_key

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
    is_first_in_period,
    data_cutoff_date,
    cast(age as integer) as age,
    {{ age_band_cla('birth_month', 'start_date') }} as age_band_cla,
    {{ age_band_adolescent('birth_month', 'start_date') }} as age_band_adolescent,
    coalesce(sex, 'U') as sex,
    ethnicity_code,
    coalesce(ethnic_group, 'Unknown') as ethnic_group,
    case when is_uasc then 'yes' else 'no' end as uasc,
    coalesce(legal_status, 'unknown') as legal_status,
    coalesce(legal_status_group, 'unknown') as legal_status_group,
    coalesce(category_of_need, 'unknown') as category_of_need
from described
