-- Counts of unaccompanied asylum-seeking children in care: at the end of a quarter, starting and ceasing.
with parameter as (

    select max(case when parameter = 'older_from_age' then value end) as older_from_age
    from {{ ref('config_looked_after_parameter') }}

),

cell as (

    select * from {{ ref('int_measure__cell') }}
    where
        metric_id in (
            'uasc_open_count',
            'uasc_share_of_cla_pct',
            'uasc_aged_16plus_pct',
            'uasc_in_supported_accommodation_pct',
            'uasc_placed_out_of_borough_pct',
            'uasc_started_count',
            'uasc_share_of_cla_started_pct',
            'uasc_ceased_count',
            'uasc_transferred_out_count',
            'uasc_age_disputed_adult_count'
        )

),

-- every child in care at the end of the quarter: the others are the denominator of the share
child as (

    select
        child.*,
        child.uasc = 'yes' as is_uasc,
        coalesce(child.age >= parameter.older_from_age, false) as is_older,
        supported.code is not null as is_in_supported_accommodation,
        place.is_out_of_borough
    from {{ ref('int_measure__looked_after_child') }} as child
    cross join parameter
    inner join {{ ref('int_sufficiency__placement_place') }} as place
        on child.episode_spell_key = place.episode_spell_key
    left join {{ ref('config_looked_after_code') }} as supported
        on
            child.placement_group = supported.code
            and supported.metric_id = 'uasc_in_supported_accommodation_pct'
            and supported.code_of = 'placement_group'

),

characteristic as (

    {{ by_breakdown('child', ['age_band_cla', 'sex', 'placement_group', 'provider_group']) }}

),

stock as (

    select
        la_code,
        'snapshot' as period_type,
        period_end,
        breakdown,
        breakdown_value,
        count(*) as n_open,
        count(*) filter (where is_uasc) as n_uasc,
        count(*) filter (where is_uasc and is_older) as n_older,
        count(*) filter (where is_uasc and is_in_supported_accommodation) as n_supported,
        count(*) filter (where is_uasc and is_out_of_borough is not null) as n_placed,
        count(*) filter (where is_uasc and is_out_of_borough) as n_out_of_borough
    from characteristic
    group by la_code, period_end, breakdown, breakdown_value

),

entry as (

    select * from {{ ref('int_measure__looked_after_start') }}
    where is_first_in_period

),

characteristic_of_entry as (

    {{ by_breakdown('entry', ['age_band_cla', 'sex']) }}

),

started as (

    select
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        count(*) as n_started,
        count(*) filter (where uasc = 'yes') as n_uasc_started
    from characteristic_of_entry
    group by la_code, period_type, period_end, breakdown, breakdown_value

),

-- Transfers out are those of the children who ceased; a finding of age 18 or over counts every time, whatever the
-- status on the day.
exit as (

    select
        exit.*,
        exit.is_last_in_period and exit.uasc = 'yes' as is_uasc,
        transferred.code is not null as is_transferred_out,
        found_adult.code is not null as is_found_adult
    from {{ ref('int_measure__looked_after_end') }} as exit
    left join {{ ref('config_looked_after_code') }} as transferred
        on
            exit.reason_ceased_code = transferred.code
            and transferred.metric_id = 'uasc_transferred_out_count'
            and transferred.code_of = 'reason_episode_ceased'
    left join {{ ref('config_looked_after_code') }} as found_adult
        on
            exit.reason_ceased_code = found_adult.code
            and found_adult.metric_id = 'uasc_age_disputed_adult_count'
            and found_adult.code_of = 'reason_episode_ceased'

),

characteristic_of_exit as (

    {{ by_breakdown('exit', ['reason_ceased']) }}

),

ceased as (

    select
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        count(*) filter (where is_uasc) as n_uasc_ceased,
        count(*) filter (where is_uasc and is_transferred_out) as n_transferred_out,
        count(*) filter (where is_found_adult) as n_found_adult
    from characteristic_of_exit
    group by la_code, period_type, period_end, breakdown, breakdown_value

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
                when 'uasc_open_count' then stock.n_uasc
                when 'uasc_share_of_cla_pct' then stock.n_uasc
                when 'uasc_aged_16plus_pct' then stock.n_older
                when 'uasc_in_supported_accommodation_pct' then stock.n_supported
                when 'uasc_placed_out_of_borough_pct' then stock.n_out_of_borough
                when 'uasc_started_count' then started.n_uasc_started
                when 'uasc_share_of_cla_started_pct' then started.n_uasc_started
                when 'uasc_ceased_count' then ceased.n_uasc_ceased
                when 'uasc_transferred_out_count' then ceased.n_transferred_out
                when 'uasc_age_disputed_adult_count' then ceased.n_found_adult
            end,
            0
        ) as bigint
    ) as numerator,
    cast(
        case cell.metric_id
            when 'uasc_share_of_cla_pct' then coalesce(stock.n_open, 0)
            when 'uasc_aged_16plus_pct' then coalesce(stock.n_uasc, 0)
            when 'uasc_in_supported_accommodation_pct' then coalesce(stock.n_uasc, 0)
            when 'uasc_placed_out_of_borough_pct' then coalesce(stock.n_placed, 0)
            when 'uasc_share_of_cla_started_pct' then coalesce(started.n_started, 0)
        end as bigint
    ) as denominator
from cell
left join stock
    on
        cell.la_code = stock.la_code
        and cell.period_type = stock.period_type
        and cell.period_end = stock.period_end
        and cell.breakdown = stock.breakdown
        and cell.breakdown_value = stock.breakdown_value
left join started
    on
        cell.la_code = started.la_code
        and cell.period_type = started.period_type
        and cell.period_end = started.period_end
        and cell.breakdown = started.breakdown
        and cell.breakdown_value = started.breakdown_value
left join ceased
    on
        cell.la_code = ceased.la_code
        and cell.period_type = ceased.period_type
        and cell.period_end = ceased.period_end
        and cell.breakdown = ceased.breakdown
        and cell.breakdown_value = ceased.breakdown_value
