-- What the forecast is fitted on, counted by block of days of the reference window: days children spent in each state,
-- entries to care, moves, and birthdays that lead to the next age band. Blocks are cut from the window's end; only the
-- earliest can be shorter.
with parameter as (

    select cast(max(case when parameter = 'forecast_block_days' then value end) as integer) as block_days
    from {{ ref('config_sufficiency_parameter') }}

),

fit as (

    select
        fit.*,
        parameter.block_days,
        -- whole blocks, and a shorter one for what is left over
        ({{ days_between('fit.window_first_date', 'fit.origin_date') }} + parameter.block_days) // parameter.block_days
            as n_blocks
    from {{ ref('int_sufficiency__forecast_fit') }} as fit
    cross join parameter

),

-- 0, 1, 2, … backwards from the origin
number as (

    select cast(row_number() over (order by calendar_date) - 1 as integer) as block_number
    from {{ ref('int_calendar__working_day') }}

),

block as (

    select
        fit.la_code,
        fit.fit,
        number.block_number,
        {{ days_later('fit.origin_date', '-number.block_number * fit.block_days') }} as last_date,
        greatest(
            {{ days_later('fit.origin_date', '1 - (number.block_number + 1) * fit.block_days') }}, fit.window_first_date
        ) as first_date
    from fit
    inner join number on fit.n_blocks > number.block_number

),

state as (

    select * from {{ ref('int_sufficiency__care_state') }}

),

-- A move on a day is made out of the stock at the end of the day before, so the days of a block are those ending on the
-- day before each of its own.
exposure as (

    select
        block.la_code,
        block.fit,
        block.block_number,
        state.age_band,
        state.placement_category,
        sum({{ days_between(
            'greatest(state.from_date, ' ~ days_later('block.first_date', -1) ~ ')',
            'least(state.to_date, block.last_date)'
        ) }}) as n
    from block
    inner join state
        on
            block.la_code = state.la_code
            and block.last_date > state.from_date
            and (state.to_date is null or {{ days_later('block.first_date', -1) }} < state.to_date)
    group by block.la_code, block.fit, block.block_number, state.age_band, state.placement_category

),

entry as (

    select
        block.la_code,
        block.fit,
        block.block_number,
        state.age_band,
        state.placement_category,
        count(*) as n
    from block
    inner join state
        on
            block.la_code = state.la_code
            and block.first_date <= state.from_date
            and block.last_date >= state.from_date
    where state.is_entry
    group by block.la_code, block.fit, block.block_number, state.age_band, state.placement_category

),

birthday as (

    select
        block.la_code,
        block.fit,
        block.block_number,
        state.age_band,
        state.placement_category,
        count(*) as n
    from block
    inner join state
        on
            block.la_code = state.la_code
            and block.first_date <= state.to_date
            and block.last_date >= state.to_date
    where state.is_birthday
    group by block.la_code, block.fit, block.block_number, state.age_band, state.placement_category

),

move as (

    select
        block.la_code,
        block.fit,
        block.block_number,
        state.age_band,
        state.placement_category,
        state.move_to,
        count(*) as n
    from block
    inner join state
        on
            block.la_code = state.la_code
            and block.first_date <= state.to_date
            and block.last_date >= state.to_date
    where state.move_to is not null
    group by
        block.la_code, block.fit, block.block_number, state.age_band, state.placement_category, state.move_to

)

select
    la_code,
    fit,
    block_number,
    'block' as flow,
    cast(null as varchar) as age_band,
    cast(null as varchar) as placement_category,
    cast(null as varchar) as move_to,
    cast({{ days_between('first_date', 'last_date') }} + 1 as bigint) as n
from block

union all

select
    la_code,
    fit,
    block_number,
    'days' as flow,
    age_band,
    placement_category,
    cast(null as varchar) as move_to,
    cast(n as bigint) as n
from exposure

union all

select
    la_code,
    fit,
    block_number,
    'entry' as flow,
    age_band,
    placement_category,
    cast(null as varchar) as move_to,
    cast(n as bigint) as n
from entry

union all

select
    la_code,
    fit,
    block_number,
    'birthday' as flow,
    age_band,
    placement_category,
    cast(null as varchar) as move_to,
    cast(n as bigint) as n
from birthday

union all

select
    la_code,
    fit,
    block_number,
    'move' as flow,
    age_band,
    placement_category,
    move_to,
    cast(n as bigint) as n
from move
