-- The days behind the median of pre-proceedings: one row per block that ended, in the year it ended.
select
    'pre_proceedings_duration_median' as metric_id,
    event.la_code,
    'year' as period_type,
    event.year_end_date as period_end,
    'total' as breakdown,
    'total' as breakdown_value,
    event.event_key as pre_proceedings_spell_key,
    event.child_key,
    cast(block.days_in_pre_proceedings as decimal(18, 6)) as value
from {{ ref('int_measure__children_in_need_event') }} as event
inner join {{ ref('int_measure__pre_proceedings') }} as block on event.event_key = block.pre_proceedings_spell_key
where event.event_type = 'pre_proceedings_ended' and block.days_in_pre_proceedings is not null
