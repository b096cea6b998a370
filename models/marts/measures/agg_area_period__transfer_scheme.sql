-- National Transfer Scheme: the threshold of each authority and its headroom, never netted between authorities
-- (docs/rules/sufficiency.md 7).
with parameter as (

    select max(case when parameter = 'transfer_scheme_threshold' then value end) as threshold
    from {{ ref('config_looked_after_parameter') }}

),

-- every day that children in care are counted on
authority as (

    select
        period.la_code,
        period.period_end,
        population.population,
        -- thousandths of a child, exactly; shown with two decimals
        population.population * parameter.threshold as threshold
    from {{ ref('int_measure__period') }} as period
    cross join parameter
    inner join {{ ref('ref_child_population') }} as population
        on period.la_code = population.la_code and period.period_end = population.period_end
    where period.dataset = 'ssda903.episodes' and period.period_type = 'snapshot'

),

headroom as (

    select
        authority.la_code,
        authority.period_end,
        floor(authority.threshold) - unaccompanied.numerator as n_headroom
    from authority
    inner join {{ ref('agg_authority_period__unaccompanied') }} as unaccompanied
        on
            authority.la_code = unaccompanied.la_code
            and authority.period_end = unaccompanied.period_end
            and unaccompanied.metric_id = 'uasc_open_count'
            and unaccompanied.period_type = 'snapshot'
            and unaccompanied.breakdown = 'total'

),

-- places left in one authority do not make up for children over the threshold in another
part as (

    select
        la_code,
        period_end,
        'places_left' as breakdown_value,
        greatest(n_headroom, 0) as n_places
    from headroom

    union all

    select
        la_code,
        period_end,
        'over' as breakdown_value,
        greatest(-n_headroom, 0) as n_places
    from headroom

),

area as (

    select
        la_code as area_code,
        la_code
    from {{ ref('ref_authority') }}

    union all

    select
        area_code,
        la_code
    from {{ ref('ref_measure_area') }}

),

counted as (

    select
        'uasc_nts_threshold_count' as metric_id,
        area.area_code as la_code,
        authority.period_end,
        'total' as breakdown,
        'total' as breakdown_value,
        cast(sum(round(authority.threshold, 2)) as decimal(18, 6)) as numerator,
        count(*) as n_authorities
    from authority
    inner join area on authority.la_code = area.la_code
    group by area.area_code, authority.period_end

    union all

    select
        'uasc_nts_headroom_count' as metric_id,
        area.area_code as la_code,
        part.period_end,
        'headroom' as breakdown,
        part.breakdown_value,
        cast(sum(part.n_places) as decimal(18, 6)) as numerator,
        count(*) as n_authorities
    from part
    inner join area on part.la_code = area.la_code
    group by area.area_code, part.period_end, part.breakdown_value

    union all

    -- with its sign, for one authority alone
    select
        'uasc_nts_headroom_count' as metric_id,
        la_code,
        period_end,
        'total' as breakdown,
        'total' as breakdown_value,
        cast(n_headroom as decimal(18, 6)) as numerator,
        1 as n_authorities
    from headroom

)

select
    metric_id,
    la_code,
    'snapshot' as period_type,
    period_end,
    breakdown,
    breakdown_value,
    numerator,
    cast(null as decimal(18, 6)) as denominator,
    numerator as value,
    cast(n_authorities as integer) as n_authorities
from counted
