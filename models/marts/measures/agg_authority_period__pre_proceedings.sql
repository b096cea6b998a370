-- One row per measure of pre-proceedings, authority, period and breakdown value.
with letter as (

    select
        event.la_code,
        event.year_end_date,
        event.ethnic_group,
        coalesce(block.is_family_group_meeting_offered, false) as is_meeting_offered
    from {{ ref('int_measure__children_in_need_event') }} as event
    inner join {{ ref('fct_pre_proceedings_spell') }} as block on event.event_key = block.pre_proceedings_spell_key
    where event.event_type = 'letter_before_proceedings'

),

broken_down as (

    {{ by_breakdown('letter', ['ethnic_group']) }}

),

of_year as (

    select
        la_code,
        year_end_date,
        breakdown,
        breakdown_value,
        count(*) as n_letters,
        count(*) filter (where is_meeting_offered) as n_offered
    from broken_down
    group by la_code, year_end_date, breakdown, breakdown_value

),

child as (

    select * from {{ ref('int_measure__children_in_need_snapshot') }}
    where state = 'pre_proceedings'

),

child_broken_down as (

    {{ by_breakdown('child', ['age_band_cin', 'ethnic_group']) }}

),

stock as (

    select
        la_code,
        period_end,
        breakdown,
        breakdown_value,
        count(*) as n_open
    from child_broken_down
    group by la_code, period_end, breakdown, breakdown_value

),

cell as (

    select
        cell.*,
        -- before the year a code or module came into use nothing can be known of it
        cell.collection_year >= first_year.first_year as is_known
    from {{ ref('int_measure__cell') }} as cell
    inner join {{ ref('config_measure_first_year') }} as first_year on cell.metric_id = first_year.metric_id
    where cell.metric_id in ('fgdm_offered_pct', 'pre_proceedings_open_count')

)

select
    cell.metric_id,
    cell.la_code,
    cell.period_type,
    cell.period_end,
    cell.breakdown,
    cell.breakdown_value,
    cast(
        case
            when not cell.is_known then null
            when cell.metric_id = 'fgdm_offered_pct' then coalesce(of_year.n_offered, 0)
            else coalesce(stock.n_open, 0)
        end as bigint
    ) as numerator,
    cast(
        case when cell.is_known and cell.metric_id = 'fgdm_offered_pct' then coalesce(of_year.n_letters, 0) end
        as bigint
    ) as denominator
from cell
left join of_year
    on
        cell.period_type = 'year'
        and cell.la_code = of_year.la_code
        and cell.period_end = of_year.year_end_date
        and cell.breakdown = of_year.breakdown
        and cell.breakdown_value = of_year.breakdown_value
left join stock
    on
        cell.period_type = 'snapshot'
        and cell.la_code = stock.la_code
        and cell.period_end = stock.period_end
        and cell.breakdown = stock.breakdown
        and cell.breakdown_value = stock.breakdown_value
