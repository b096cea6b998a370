-- Counts on the health, substance misuse and offending of children looked after for the whole year.
with cell as (

    select * from {{ ref('int_measure__cell') }}
    where
        metric_id in (
            'cla_health_assessment_pct',
            'cla_immunisations_pct',
            'cla_dental_check_pct',
            'cla_health_development_under5_pct',
            'cla_sdq_completed_pct',
            'cla_sdq_mean',
            'cla_sdq_concern_pct',
            'cla_convicted_pct',
            'cla_substance_misuse_pct',
            'cla_substance_intervention_pct'
        )

),

child as (

    select * from {{ ref('int_measure__health') }}

),

characteristic as (

    {{ by_breakdown('child', ['age_band_cla', 'sex', 'ethnic_group', 'uasc']) }}

),

-- Only a questionnaire that is expected counts: the mean and the share of concern use the same children.
counted as (

    select
        la_code,
        period_end,
        breakdown,
        breakdown_value,
        count(*) filter (where has_answers) as n_with_answers,
        count(*) filter (where has_health_assessment) as n_health_assessment,
        count(*) filter (where has_immunisations_up_to_date) as n_immunisations,
        count(*) filter (where has_dental_check) as n_dental_check,
        count(*) filter (where has_answers and is_development_check_expected) as n_development_check_expected,
        count(*) filter (where has_health_surveillance_up_to_date and is_development_check_expected)
            as n_development_check,
        count(*) filter (where is_sdq_expected) as n_sdq_expected,
        count(*) filter (where is_sdq_expected and sdq_score is not null) as n_sdq_completed,
        sum(sdq_score) filter (where is_sdq_expected) as sdq_score,
        count(*) filter (where is_sdq_expected and is_sdq_of_concern) as n_sdq_of_concern,
        count(*) filter (where has_answers and is_conviction_counted) as n_conviction_counted,
        count(*) filter (where is_convicted and is_conviction_counted) as n_convicted,
        count(*) filter (where has_substance_misuse) as n_substance_misuse,
        count(*) filter (where has_substance_misuse and has_received_intervention) as n_intervention
    from characteristic
    group by la_code, period_end, breakdown, breakdown_value

)

select
    cell.metric_id,
    cell.la_code,
    cell.period_type,
    cell.period_end,
    cell.breakdown,
    cell.breakdown_value,
    cast(
        coalesce(
            case cell.metric_id
                when 'cla_health_assessment_pct' then counted.n_health_assessment
                when 'cla_immunisations_pct' then counted.n_immunisations
                when 'cla_dental_check_pct' then counted.n_dental_check
                when 'cla_health_development_under5_pct' then counted.n_development_check
                when 'cla_sdq_completed_pct' then counted.n_sdq_completed
                when 'cla_sdq_mean' then counted.sdq_score
                when 'cla_sdq_concern_pct' then counted.n_sdq_of_concern
                when 'cla_convicted_pct' then counted.n_convicted
                when 'cla_substance_misuse_pct' then counted.n_substance_misuse
                when 'cla_substance_intervention_pct' then counted.n_intervention
            end,
            0
        ) as bigint
    ) as numerator,
    cast(
        coalesce(
            case cell.metric_id
                when 'cla_health_development_under5_pct' then counted.n_development_check_expected
                when 'cla_sdq_completed_pct' then counted.n_sdq_expected
                when 'cla_sdq_mean' then counted.n_sdq_completed
                when 'cla_sdq_concern_pct' then counted.n_sdq_completed
                when 'cla_convicted_pct' then counted.n_conviction_counted
                when 'cla_substance_intervention_pct' then counted.n_substance_misuse
                else counted.n_with_answers
            end,
            0
        ) as bigint
    ) as denominator
from cell
left join counted
    on
        cell.la_code = counted.la_code
        and cell.period_end = counted.period_end
        and cell.breakdown = counted.breakdown
        and cell.breakdown_value = counted.breakdown_value
