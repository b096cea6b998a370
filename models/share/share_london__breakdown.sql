-- one row per breakdown and value of the shared measures, with its name and place on screen
with used as (

    select distinct
        breakdown,
        breakdown_value
    from {{ ref('share_london__measure') }}

),

value as (

    select
        breakdown,
        breakdown_value,
        label,
        sort_order
    from {{ ref('config_breakdown') }}

    union all

    select
        'factor' as breakdown,
        code as breakdown_value,
        label,
        row_number() over (order by try_cast(regexp_extract(code, '[0-9]+') as integer), code) as sort_order
    from {{ ref('code_assessment_factor') }}

),

-- a pair of breakdowns is written a;b, its values likewise
part as (

    select
        breakdown,
        breakdown_value,
        split_part(breakdown, ';', 1) as first_breakdown,
        split_part(breakdown_value, ';', 1) as first_value,
        split_part(breakdown, ';', 2) as second_breakdown,
        split_part(breakdown_value, ';', 2) as second_value
    from used

)

select
    part.breakdown,
    part.breakdown_value,
    case when second.label is null then first.label else concat(first.label, ' · ', second.label) end as label,
    part.first_value,
    nullif(part.second_value, '') as second_value,
    cast(1000 * first.sort_order + coalesce(second.sort_order, 0) as integer) as sort_order
from part
left join value as first
    on
        case when part.first_breakdown in ('factor_a', 'factor_b') then 'factor' else part.first_breakdown end
        = first.breakdown
        and part.first_value = first.breakdown_value
left join value as second
    on
        case when part.second_breakdown in ('factor_a', 'factor_b') then 'factor' else part.second_breakdown end
        = second.breakdown
        and part.second_value = second.breakdown_value
