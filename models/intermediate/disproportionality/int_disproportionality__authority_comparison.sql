-- The two sides of every index of an authority: a of n1 in the ethnicity, b of n0 in the comparator (sections 1 and 3),
-- of one year and of three years as one.
with stage_count as (

    select * from {{ ref('int_disproportionality__stage_count') }}

),

-- Section 7: years add up before groups do, where none of them is missing. By sex and age only what the catalogue
-- pools.
pooled as (

    select
        stage_count.stage,
        stage_count.mode,
        stage_count.la_code,
        min(of_year.period_start) as period_start,
        stage_count.period_end,
        pooling.years_pooled,
        stage_count.breakdown,
        stage_count.breakdown_value,
        stage_count.ethnic_level,
        stage_count.ethnicity,
        sum(of_year.a) as a,
        case when count(of_year.n1) = count(*) then sum(of_year.n1) end as n1,
        max(of_year.denominator_source) as denominator_source,
        max(of_year.denominator_year) as denominator_year
    from stage_count
    inner join {{ ref('config_rri_stage') }} as stage
        on stage_count.stage = stage.stage and stage_count.mode = stage.mode
    inner join {{ ref('config_rri_pooling') }} as pooling
        on
            pooling.years_pooled in (1, stage.years_pooled_in_authority)
            or stage_count.breakdown = 'total'
    inner join stage_count as of_year
        on
            stage_count.stage = of_year.stage
            and stage_count.mode = of_year.mode
            and stage_count.la_code = of_year.la_code
            and stage_count.ethnic_level = of_year.ethnic_level
            and stage_count.ethnicity = of_year.ethnicity
            and stage_count.breakdown = of_year.breakdown
            and stage_count.breakdown_value = of_year.breakdown_value
            and of_year.collection_year between stage_count.collection_year - pooling.years_pooled + 1
            and stage_count.collection_year
    group by
        stage_count.stage,
        stage_count.mode,
        stage_count.la_code,
        stage_count.period_end,
        pooling.years_pooled,
        stage_count.breakdown,
        stage_count.breakdown_value,
        stage_count.ethnic_level,
        stage_count.ethnicity
    having count(*) = pooling.years_pooled

),

-- all ethnicities of one authority, stage and time together: what is known, and how much is not
known as (

    select
        stage,
        mode,
        la_code,
        period_end,
        years_pooled,
        breakdown,
        breakdown_value,
        sum(a) filter (where ethnicity <> 'Unknown') as known_a,
        sum(n1) filter (where ethnicity <> 'Unknown') as known_n1,
        -- of those at the stage or, in conditional mode, of those who could have come to it
        sum(case when mode = 'population' then a else n1 end) filter (where ethnicity = 'Unknown') as n_unknown,
        sum(case when mode = 'population' then a else n1 end) as n_known_or_not,
        sum(a) filter (where ethnicity = 'White') as white_a,
        sum(n1) filter (where ethnicity = 'White') as white_n1
    from pooled
    where ethnic_level = 'group'
    group by stage, mode, la_code, period_end, years_pooled, breakdown, breakdown_value

),

white_british as (

    select
        stage,
        mode,
        la_code,
        period_end,
        years_pooled,
        a,
        n1
    from pooled
    where ethnic_level = 'code' and ethnicity = 'WBRI'

),

ethnic_group as (

    select
        code,
        ethnic_group
    from {{ ref('config_ethnic_group') }}

),

-- Section 3. A part is not compared with a whole that holds it, nor a whole with its part: only with itself, which
-- gives 1.
compared as (

    select
        pooled.*,
        comparator.comparator,
        comparator.is_default,
        known.n_unknown,
        known.n_known_or_not,
        known.known_a,
        known.known_n1,
        pooled.ethnicity = case comparator.comparator when 'white' then 'White' when 'wbri' then 'WBRI' else '' end
            as is_comparator,
        case comparator.comparator
            when 'white' then known.white_a
            when 'wbri' then white_british.a
            when 'rest' then known.known_a - pooled.a
        end as b,
        case comparator.comparator
            when 'white' then known.white_n1
            when 'wbri' then white_british.n1
            when 'rest' then known.known_n1 - pooled.n1
        end as n0
    from pooled
    inner join {{ ref('config_rri_comparator') }} as comparator
        on
            pooled.ethnic_level = comparator.ethnic_level
            and (pooled.breakdown = 'total' or comparator.is_default)
    inner join known
        on
            pooled.stage = known.stage
            and pooled.mode = known.mode
            and pooled.la_code = known.la_code
            and pooled.period_end = known.period_end
            and pooled.years_pooled = known.years_pooled
            and pooled.breakdown = known.breakdown
            and pooled.breakdown_value = known.breakdown_value
    left join white_british
        on
            pooled.stage = white_british.stage
            and pooled.mode = white_british.mode
            and pooled.la_code = white_british.la_code
            and pooled.period_end = white_british.period_end
            and pooled.years_pooled = white_british.years_pooled
    left join ethnic_group on pooled.ethnicity = ethnic_group.code
    where
        pooled.ethnicity <> 'Unknown'
        and not (comparator.comparator = 'wbri' and pooled.ethnicity = 'White')
        and not (comparator.comparator = 'white' and coalesce(ethnic_group.ethnic_group, '') = 'White')

)

select
    stage,
    mode,
    la_code,
    period_start,
    period_end,
    cast(years_pooled as integer) as years_pooled,
    breakdown,
    breakdown_value,
    ethnic_level,
    ethnicity,
    comparator,
    is_default as is_default_comparator,
    is_comparator,
    cast(a as bigint) as a,
    cast(n1 as bigint) as n1,
    cast(b as bigint) as b,
    cast(n0 as bigint) as n0,
    cast(n_unknown as bigint) as n_unknown,
    cast(n_known_or_not as bigint) as n_known_or_not,
    cast(known_a as bigint) as known_a,
    cast(known_n1 as bigint) as known_n1,
    denominator_source,
    cast(denominator_year as integer) as denominator_year
from compared
