-- Care leavers by year, from the return's own list of them (OC3): the counts behind each measure (care_leavers.md 3).
with care_leaver as (

    select * from {{ ref('int_measure__care_leaver') }}

),

characteristic as (

    {{ by_breakdown('care_leaver', ['age_band_care_leaver', 'sex', 'ethnic_group', 'uasc_former', 'age']) }}

),

counted as (

    select
        la_code,
        collection_year,
        breakdown,
        breakdown_value,
        count(*) as n_care_leavers,
        count(*) filter (where uasc_former = 'yes') as n_former_uasc,
        count(*) filter (where is_in_touch) as n_in_touch,
        count(*) filter (where is_eet) as n_eet,
        count(*) filter (where is_neet) as n_neet,
        count(*) filter (where is_activity_unknown) as n_activity_unknown,
        count(*) filter (where is_higher_education) as n_higher_education,
        count(*) filter (where is_apprenticeship) as n_apprenticeship,
        count(*) filter (where is_suitable) as n_suitable,
        count(*) filter (where not is_suitability_unknown) as n_suitability_known,
        count(*) filter (where is_homeless_or_emergency) as n_homeless_or_emergency,
        count(*) filter (where is_custody) as n_custody,
        -- only who was fostered can stay put, at 18 to 20
        count(*) filter (where age between 18 and 20 and was_fostered_before_18) as n_fostered,
        count(*) filter (where age between 18 and 20 and was_fostered_before_18 and is_with_former_carers)
            as n_staying_put
    from characteristic
    group by la_code, collection_year, breakdown, breakdown_value

),

accommodated as (

    select
        la_code,
        collection_year,
        breakdown,
        breakdown_value,
        accommodation_type,
        count(*) as n_accommodated
    from characteristic
    group by la_code, collection_year, breakdown, breakdown_value, accommodation_type

),

-- whether a return tells apprenticeships from other work
apprenticeship_told as (

    select
        la_code,
        collection_year,
        bool_or(is_apprenticeship_told) as is_told
    from care_leaver
    group by la_code, collection_year

),

-- Quarters of these measures come from a source that is not loaded (Annex A). A kind of accommodation stands before
-- another breakdown and is a share of all care leavers of that one.
cell as (

    select
        *,
        case when breakdown like 'accommodation_type%' then split_part(breakdown_value, ';', 1) end
            as accommodation_type,
        case
            when breakdown = 'accommodation_type' then 'total'
            when breakdown like 'accommodation_type;%' then split_part(breakdown, ';', 2)
            else breakdown
        end as whole,
        case
            when breakdown = 'accommodation_type' then 'total'
            when breakdown like 'accommodation_type;%' then split_part(breakdown_value, ';', 2)
            else breakdown_value
        end as whole_value
    from {{ ref('int_measure__cell') }}
    where
        period_type = 'year'
        and (metric_id like 'care_leavers%' or metric_id like 'former_uasc_care_leavers%')

),

filled as (

    select
        cell.metric_id,
        cell.la_code,
        cell.period_type,
        cell.period_end,
        cell.breakdown,
        cell.breakdown_value,
        coalesce(apprenticeship_told.is_told, true) as is_apprenticeship_told,
        case cell.metric_id
            when 'care_leavers_count' then counted.n_care_leavers
            when 'former_uasc_care_leavers_count' then counted.n_former_uasc
            when 'former_uasc_care_leavers_pct' then counted.n_former_uasc
            when 'care_leavers_in_touch_pct' then counted.n_in_touch
            when 'care_leavers_eet_pct' then counted.n_eet
            when 'care_leavers_neet_pct' then counted.n_neet
            when 'care_leavers_activity_unknown_pct' then counted.n_activity_unknown
            when 'care_leavers_he_pct' then counted.n_higher_education
            when 'care_leavers_apprenticeship_pct' then counted.n_apprenticeship
            when 'care_leavers_suitable_accom_pct' then counted.n_suitable
            when 'care_leavers_suitable_accom_known_pct' then counted.n_suitable
            when 'care_leavers_accom_type_pct' then accommodated.n_accommodated
            when 'care_leavers_homeless_or_emergency_pct' then counted.n_homeless_or_emergency
            when 'care_leavers_custody_pct' then counted.n_custody
            when 'care_leavers_staying_put_pct' then counted.n_staying_put
        end as numerator,
        case
            when cell.metric_id = 'care_leavers_suitable_accom_known_pct' then counted.n_suitability_known
            when cell.metric_id = 'care_leavers_staying_put_pct' then counted.n_fostered
            else counted.n_care_leavers
        end as denominator
    from cell
    left join counted
        on
            cell.la_code = counted.la_code
            and cell.collection_year = counted.collection_year
            and cell.whole = counted.breakdown
            and cell.whole_value = counted.breakdown_value
    left join accommodated
        on
            cell.la_code = accommodated.la_code
            and cell.collection_year = accommodated.collection_year
            and cell.whole = accommodated.breakdown
            and cell.whole_value = accommodated.breakdown_value
            and cell.accommodation_type = accommodated.accommodation_type
    left join apprenticeship_told
        on
            cell.la_code = apprenticeship_told.la_code
            and cell.collection_year = apprenticeship_told.collection_year

)

select
    metric_id,
    la_code,
    period_type,
    period_end,
    breakdown,
    breakdown_value,
    -- nothing known of apprenticeships is not 0 of them
    case
        when metric_id <> 'care_leavers_apprenticeship_pct' or is_apprenticeship_told then coalesce(numerator, 0)
    end as numerator,
    case
        when metric_id like '%_count' then null
        when metric_id <> 'care_leavers_apprenticeship_pct' or is_apprenticeship_told then coalesce(denominator, 0)
    end as denominator
from filled
