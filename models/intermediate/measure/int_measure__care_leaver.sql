-- The reporting cohort of care leavers with what each measure asks of them: one row per young person and return
-- (care_leavers.md 3). Aged 17 to 25 at the reference date; deaths and returns home are left out.
with care_leaver as (

    select
        care_leaver.*,
        coalesce(activity_group.is_higher_education, false) as is_higher_education,
        coalesce(activity_group.is_apprenticeship, false) as is_apprenticeship,
        coalesce(bool_or(activity_group.is_split_code) over of_return, false) as has_split_code,
        coalesce(bool_or(activity_group.is_unsplit_code) over of_return, false) as has_unsplit_code
    from {{ ref('fct_care_leaver_year') }} as care_leaver
    left join {{ ref('config_activity_group') }} as activity_group on care_leaver.activity_code = activity_group.code
    window of_return as (partition by care_leaver.la_code, care_leaver.collection_year)

),

-- apprenticeships have codes of their own from this year on; a return may be a year early or late
split as (

    select min(code.first_year) as first_year
    from {{ ref('code_activity') }} as code
    inner join {{ ref('config_activity_group') }} as activity_group on code.code = activity_group.code
    where activity_group.is_split_code

),

child as (

    select * from {{ ref('int_measure__child') }}
    where return_name = 'ssda903'

),

uasc as (

    select distinct person_key
    from {{ ref('fct_uasc_spell') }}

),

time_window as (

    select length as look_back_months
    from {{ ref('config_window') }}
    where window_name = 'care_leaver_placement_look_back'

),

-- the last episode that began before the 18th birthday; short breaks are no care
last_episode as (

    select
        care_leaver.child_key,
        care_leaver.collection_year,
        placement_group.is_foster
    from care_leaver
    inner join child on care_leaver.child_key = child.child_key
    inner join {{ ref('fct_episode_spell') }} as episode
        on
            care_leaver.person_key = episode.person_key
            and child.birth_month + interval 18 year > episode.start_date
    left join {{ ref('config_placement_group') }} as placement_group
        on episode.placement_type_code = placement_group.code
    where episode.care_period_key is not null
    qualify
        row_number() over (
            partition by care_leaver.child_key, care_leaver.collection_year
            order by episode.start_date desc, episode.episode_spell_key asc
        ) = 1

),

placement as (

    select
        care_leaver.child_key,
        care_leaver.collection_year,
        count(*) as n_placements
    from care_leaver
    cross join time_window
    inner join {{ ref('fct_placement_spell') }} as placement
        on
            care_leaver.person_key = placement.person_key
            and care_leaver.reference_date >= placement.start_date
            and coalesce(placement.end_date, date '9999-12-31')
            > care_leaver.reference_date - time_window.look_back_months * interval 1 month
    where not placement.is_temporary
    group by care_leaver.child_key, care_leaver.collection_year

),

-- all years of the look-back must have been sent
looked_back as (

    select
        period.la_code,
        period.collection_year
    from {{ ref('int_measure__period') }} as period
    cross join time_window
    where
        period.dataset = 'ssda903.episodes'
        and period.period_type = 'year'
        and (period.n_years_before + 1) * 12 >= time_window.look_back_months

)

select
    care_leaver.child_key,
    care_leaver.person_key,
    care_leaver.la_code,
    care_leaver.collection_year,
    care_leaver.reference_date as period_end,
    care_leaver.age_at_reference_date as age,
    age_band.age_band as age_band_care_leaver,
    coalesce(child.sex, 'U') as sex,
    child.ethnicity_code,
    coalesce(child.ethnic_group, 'Unknown') as ethnic_group,
    case when uasc.person_key is not null then 'yes' else 'no' end as uasc_former,
    coalesce(accommodation_group.accommodation_type_code, '0') as accommodation_type,
    case
        when looked_back.la_code is not null then placement_count_band.placement_count_band
    end as placement_count_band,
    coalesce(care_leaver.in_touch_code = 'YES', false) as is_in_touch,
    care_leaver.activity_group = 'in education, employment or training' as is_eet,
    care_leaver.activity_group = 'not in education, employment or training' as is_neet,
    care_leaver.activity_group = 'not known' as is_activity_unknown,
    care_leaver.is_higher_education,
    care_leaver.is_apprenticeship,
    care_leaver.has_split_code
    or (not care_leaver.has_unsplit_code and care_leaver.collection_year >= split.first_year)
        as is_apprenticeship_told,
    care_leaver.accommodation_suitability = 'suitable' as is_suitable,
    care_leaver.accommodation_suitability = 'unsuitable' as is_unsuitable,
    care_leaver.accommodation_suitability = 'no information' as is_suitability_unknown,
    coalesce(accommodation_group.is_homeless_or_emergency, false) as is_homeless_or_emergency,
    coalesce(accommodation_group.is_custody, false) as is_custody,
    coalesce(accommodation_group.is_housing_need, false) as is_housing_need,
    coalesce(accommodation_group.is_staying_put, false) as is_with_former_carers,
    -- null where no episode before the 18th birthday has been returned
    case when last_episode.child_key is not null then coalesce(last_episode.is_foster, false) end
        as was_fostered_before_18
from care_leaver
cross join split
inner join {{ ref('ref_age_band') }} as age_band
    on age_band.age_band_set = 'care_leaver' and care_leaver.age_at_reference_date = age_band.age
left join child on care_leaver.child_key = child.child_key
left join uasc on care_leaver.person_key = uasc.person_key
left join {{ ref('config_accommodation_group') }} as accommodation_group
    on care_leaver.accommodation_code = accommodation_group.code
left join last_episode
    on
        care_leaver.child_key = last_episode.child_key
        and care_leaver.collection_year = last_episode.collection_year
left join placement
    on care_leaver.child_key = placement.child_key and care_leaver.collection_year = placement.collection_year
left join {{ ref('config_placement_count_band') }} as placement_count_band
    on
        coalesce(placement.n_placements, 0) >= placement_count_band.minimum_placements
        and coalesce(placement.n_placements, 0) <= coalesce(placement_count_band.maximum_placements, 9999)
left join looked_back
    on care_leaver.la_code = looked_back.la_code and care_leaver.collection_year = looked_back.collection_year
where coalesce(care_leaver.in_touch_code, '') not in ('DIED', 'RHOM')
