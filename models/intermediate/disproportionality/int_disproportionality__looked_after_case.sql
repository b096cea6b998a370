-- Which looked-after children and care leavers were at each stage in a year and, in conditional mode, which could have
-- come to it: one row per child.
with stage_period as (

    select * from {{ ref('int_disproportionality__stage_period') }}

),

-- everybody in care on the last day of the year
stock as (

    select
        child.*,
        place.is_out_of_borough
    from {{ ref('int_measure__looked_after_child') }} as child
    left join {{ ref('int_sufficiency__placement_place') }} as place
        on child.episode_spell_key = place.episode_spell_key

),

missing_child as (

    select distinct
        child_key,
        period_end
    from {{ ref('int_measure__missing_incident') }}
    where period_type = 'year' and missing_type_code = 'M'

),

child_at_risk as (

    select
        'looked_after_start' as stage,
        'population' as mode,
        la_code,
        period_end,
        child_key,
        true as is_at_stage,
        uasc,
        sex,
        age_band_cla as age_band,
        ethnic_group,
        ethnicity_code
    from {{ ref('int_measure__looked_after_start') }}
    where period_type = 'year' and is_first_in_period

    union all

    select
        'looked_after_open' as stage,
        'population' as mode,
        la_code,
        period_end,
        child_key,
        true as is_at_stage,
        uasc,
        sex,
        age_band_cla as age_band,
        ethnic_group,
        ethnicity_code
    from stock

    union all

    -- a placement whose authority is not known is in neither part
    select
        'placed_out_of_borough' as stage,
        'conditional' as mode,
        la_code,
        period_end,
        child_key,
        is_out_of_borough as is_at_stage,
        uasc,
        sex,
        age_band_cla as age_band,
        ethnic_group,
        ethnicity_code
    from stock
    where is_out_of_borough is not null

    union all

    select
        'placed_in_childrens_home' as stage,
        'conditional' as mode,
        la_code,
        period_end,
        child_key,
        coalesce(placement_type_code = 'K2', false) as is_at_stage,
        uasc,
        sex,
        age_band_cla as age_band,
        ethnic_group,
        ethnicity_code
    from stock

    union all

    -- not known where the returns do not reach back 12 months
    select
        'three_or_more_placements' as stage,
        'conditional' as mode,
        la_code,
        period_end,
        child_key,
        placement_count_12_months >= 3 as is_at_stage,
        uasc,
        sex,
        age_band_cla as age_band,
        ethnic_group,
        ethnicity_code
    from stock
    where placement_count_12_months is not null

    union all

    -- the three ways out of care are told by the last reason in the year
    select
        way_out.stage,
        'conditional' as mode,
        ended.la_code,
        ended.period_end,
        ended.child_key,
        ended.reason_ceased = way_out.leaving_care_group as is_at_stage,
        ended.uasc,
        ended.sex,
        ended.age_band_cla as age_band,
        ended.ethnic_group,
        ended.ethnicity_code
    from {{ ref('int_measure__looked_after_end') }} as ended
    cross join (
        values
        ('adopted', 'adoption'),
        ('special_guardianship', 'special_guardianship'),
        ('returned_home', 'returned_home')
    ) as way_out (stage, leaving_care_group)
    where ended.period_type = 'year' and ended.is_last_in_period

    union all

    select
        'missing_from_care' as stage,
        'conditional' as mode,
        care.la_code,
        care.period_end,
        care.child_key,
        missing_child.child_key is not null as is_at_stage,
        care.uasc,
        care.sex,
        care.age_band_cla as age_band,
        care.ethnic_group,
        care.ethnicity_code
    from {{ ref('int_measure__looked_after_any_time') }} as care
    left join missing_child
        on care.child_key = missing_child.child_key and care.period_end = missing_child.period_end
    where care.period_type = 'year'

    union all

    select
        'convicted' as stage,
        'conditional' as mode,
        la_code,
        period_end,
        child_key,
        is_convicted as is_at_stage,
        uasc,
        sex,
        age_band_cla as age_band,
        ethnic_group,
        ethnicity_code
    from {{ ref('int_measure__health') }}
    where has_answers and is_conviction_counted

    union all

    select
        way_on.stage,
        'conditional' as mode,
        care_leaver.la_code,
        care_leaver.period_end,
        care_leaver.child_key,
        case way_on.stage when 'care_leaver_activity' then care_leaver.is_eet else care_leaver.is_suitable end
            as is_at_stage,
        care_leaver.uasc_former as uasc,
        care_leaver.sex,
        care_leaver.age_band_care_leaver as age_band,
        care_leaver.ethnic_group,
        care_leaver.ethnicity_code
    from {{ ref('int_measure__care_leaver') }} as care_leaver
    cross join (values ('care_leaver_activity'), ('care_leaver_accommodation')) as way_on (stage)

)

-- stages without a version of their own for unaccompanied children stand once in stage_period, the others as themselves
select
    child_at_risk.stage,
    child_at_risk.mode,
    child_at_risk.la_code,
    stage_period.collection_year,
    child_at_risk.child_key,
    child_at_risk.is_at_stage,
    child_at_risk.uasc = 'yes' as is_uasc,
    child_at_risk.sex,
    coalesce(child_at_risk.age_band, 'unknown') as age_band,
    child_at_risk.ethnic_group,
    child_at_risk.ethnicity_code
from child_at_risk
inner join stage_period
    on
        child_at_risk.stage = stage_period.stage
        and child_at_risk.mode = stage_period.mode
        and child_at_risk.la_code = stage_period.la_code
        and child_at_risk.period_end = stage_period.period_end
