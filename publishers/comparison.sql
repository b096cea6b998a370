-- How each shown value stands: one row per cell of shown_measure, which holds the measures after disclosure control.
-- What was hidden has no value here and takes no part: no rank, median or difference can tell of it.
with shown as (

    select
        metric_id,
        la_code,
        period_type,
        period_end,
        breakdown,
        breakdown_value,
        numerator,
        denominator,
        value,
        value_mark,
        n_authorities,
        case when period_type in ('quarter', 'snapshot') then 3 else 12 end as months_in_period
    from shown_measure

),

known as (

    select * from shown
    where value is not null

),

-- Neighbours outside London have no row here. The median of one or two would say more of them than of their kind.
neighbours as (

    select
        neighbour.la_code,
        known.metric_id,
        known.period_type,
        known.period_end,
        known.breakdown,
        known.breakdown_value,
        median(known.value) as neighbour_median,
        count(*) as n_neighbours
    from known
    inner join neighbour on known.la_code = neighbour.neighbour_la_code
    group by all
    having count(*) >= 3

),

-- among the authorities shown: 1 is the best, where neither is better the highest; equal values share a place
ranked as (

    select
        known.metric_id,
        known.la_code,
        known.period_type,
        known.period_end,
        known.breakdown,
        known.breakdown_value,
        rank() over (
            partition by
                known.metric_id, known.period_type, known.period_end, known.breakdown, known.breakdown_value
            order by case when metric.polarity = 'lower better' then known.value else -known.value end
        ) as rank_in_london,
        count(*) over (
            partition by
                known.metric_id, known.period_type, known.period_end, known.breakdown, known.breakdown_value
        ) as n_ranked
    from known
    inner join metric on known.metric_id = metric.metric_id
    inner join authority on known.la_code = authority.la_code
    where authority.is_authority

),

compared as (

    select
        shown.*,
        metric.polarity,
        before.value as value_before,
        year_before.value as value_year_before,
        case when shown.la_code <> 'london' then london.value end as london_value,
        neighbours.neighbour_median,
        neighbours.n_neighbours,
        ranked.rank_in_london,
        ranked.n_ranked
    from shown
    inner join metric on shown.metric_id = metric.metric_id
    left join known as before
        on
            shown.metric_id = before.metric_id
            and shown.la_code = before.la_code
            and shown.period_type = before.period_type
            and last_day(shown.period_end - shown.months_in_period * interval 1 month) = before.period_end
            and shown.breakdown = before.breakdown
            and shown.breakdown_value = before.breakdown_value
    left join known as year_before
        on
            shown.metric_id = year_before.metric_id
            and shown.la_code = year_before.la_code
            and shown.period_type = year_before.period_type
            and last_day(shown.period_end - interval 12 month) = year_before.period_end
            and shown.breakdown = year_before.breakdown
            and shown.breakdown_value = year_before.breakdown_value
    left join known as london
        on
            shown.metric_id = london.metric_id
            and london.la_code = 'london'
            and shown.period_type = london.period_type
            and shown.period_end = london.period_end
            and shown.breakdown = london.breakdown
            and shown.breakdown_value = london.breakdown_value
    left join neighbours
        on
            shown.metric_id = neighbours.metric_id
            and shown.la_code = neighbours.la_code
            and shown.period_type = neighbours.period_type
            and shown.period_end = neighbours.period_end
            and shown.breakdown = neighbours.breakdown
            and shown.breakdown_value = neighbours.breakdown_value
    left join ranked
        on
            shown.metric_id = ranked.metric_id
            and shown.la_code = ranked.la_code
            and shown.period_type = ranked.period_type
            and shown.period_end = ranked.period_end
            and shown.breakdown = ranked.breakdown
            and shown.breakdown_value = ranked.breakdown_value

)

select
    metric_id,
    la_code,
    period_type,
    period_end,
    breakdown,
    breakdown_value,
    numerator,
    denominator,
    value,
    value_mark,
    n_authorities,
    value_before,
    cast(value - value_before as decimal(18, 4)) as change_from_before,
    value_year_before,
    cast(value - value_year_before as decimal(18, 4)) as change_from_year_before,
    -- null where the measure says that neither is better
    case
        when polarity not in ('higher better', 'lower better') then null
        when value = value_before then 'same'
        when (value > value_before) = (polarity = 'higher better') then 'better'
        when value <> value_before then 'worse'
    end as change_is,
    london_value,
    cast(neighbour_median as decimal(18, 4)) as neighbour_median,
    cast(n_neighbours as integer) as n_neighbours,
    cast(rank_in_london as integer) as rank_in_london,
    cast(n_ranked as integer) as n_ranked
from compared
