-- The two sides of every index, a of n1 and b of n0, for authorities, sub-regions and London.
with compared as (

    select * from {{ ref('int_disproportionality__authority_comparison') }}

),

-- Section 1: an area adds a, n1, b and n0 of its authorities first. Mantel-Haenszel (section 6) weighs them one by one;
-- its terms become decimals, so that their sum does not depend on the order.
termed as (

    select
        compared.*,
        area.area_code,
        cast(compared.a * compared.n0 as double) / nullif(compared.n1 + compared.n0, 0) as mh_top,
        cast(compared.b * compared.n1 as double) / nullif(compared.n1 + compared.n0, 0) as mh_bottom,
        (
            cast((compared.a + compared.b) * compared.n1 as double) * compared.n0
            - cast(compared.a * compared.b as double) * (compared.n1 + compared.n0)
        ) / nullif(cast(compared.n1 + compared.n0 as double) * (compared.n1 + compared.n0), 0) as mh_variance
    from compared
    inner join {{ ref('ref_measure_area') }} as area on compared.la_code = area.la_code
    -- an authority whose children nobody has counted by ethnicity cannot be part of a rate
    where compared.breakdown <> 'total' or (compared.n1 is not null and compared.n0 is not null)

),

every_area as (

    select
        stage,
        mode,
        la_code,
        false as is_area,
        period_start,
        period_end,
        years_pooled,
        breakdown,
        breakdown_value,
        ethnic_level,
        ethnicity,
        comparator,
        is_default_comparator,
        is_comparator,
        a,
        n1,
        b,
        n0,
        n_unknown,
        n_known_or_not,
        known_a,
        known_n1,
        null as mh_top,
        null as mh_bottom,
        null as mh_variance,
        denominator_source,
        denominator_year,
        1 as n_authorities
    from compared

    union all

    select
        stage,
        mode,
        area_code as la_code,
        true as is_area,
        min(period_start) as period_start,
        period_end,
        years_pooled,
        breakdown,
        breakdown_value,
        ethnic_level,
        ethnicity,
        comparator,
        is_default_comparator,
        is_comparator,
        sum(a) as a,
        sum(n1) as n1,
        sum(b) as b,
        sum(n0) as n0,
        sum(n_unknown) as n_unknown,
        sum(n_known_or_not) as n_known_or_not,
        sum(known_a) as known_a,
        sum(known_n1) as known_n1,
        sum(cast(round(mh_top, 9) as decimal(30, 9))) as mh_top,
        sum(cast(round(mh_bottom, 9) as decimal(30, 9))) as mh_bottom,
        sum(cast(round(mh_variance, 9) as decimal(30, 9))) as mh_variance,
        max(denominator_source) as denominator_source,
        max(denominator_year) as denominator_year,
        count(*) as n_authorities
    from termed
    group by
        stage,
        mode,
        area_code,
        period_end,
        years_pooled,
        breakdown,
        breakdown_value,
        ethnic_level,
        ethnicity,
        comparator,
        is_default_comparator,
        is_comparator

)

select
    stage,
    mode,
    la_code,
    is_area,
    period_start,
    period_end,
    years_pooled,
    breakdown,
    breakdown_value,
    ethnic_level,
    ethnicity,
    comparator,
    is_default_comparator,
    is_comparator,
    cast(a as bigint) as a,
    cast(n1 as bigint) as n1,
    cast(b as bigint) as b,
    cast(n0 as bigint) as n0,
    cast(n_unknown as bigint) as n_unknown,
    cast(n_known_or_not as bigint) as n_known_or_not,
    cast(known_a as bigint) as known_a,
    cast(known_n1 as bigint) as known_n1,
    mh_top,
    mh_bottom,
    mh_variance,
    denominator_source,
    denominator_year,
    cast(n_authorities as integer) as n_authorities
from every_area
