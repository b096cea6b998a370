-- one row per measure of the released dashboards: the catalogue's own texts
with catalogue as (

    select * from {{ ref('config_measure') }}

),

released as (

    select distinct catalogue.metric_id
    from catalogue
    inner join {{ ref('config_dashboard') }} as dashboard
        on ';' || catalogue.dashboard || ';' like '%;' || dashboard.dashboard || ';%'
    where dashboard.is_released

)

select
    catalogue.metric_id,
    catalogue.dashboard,
    catalogue.title,
    catalogue.unit,
    catalogue.numerator,
    catalogue.denominator,
    catalogue.period,
    catalogue.breakdowns,
    catalogue.source_datasets,
    catalogue.polarity,
    catalogue.national_statistic_equivalent,
    catalogue.suppression_rule,
    catalogue.notes,
    catalogue.shown_from_numerator
from catalogue
inner join released on catalogue.metric_id = released.metric_id
