-- Every child adopted in a year, with the days from entering care to the adoptive placement and from order to match.
with adopted as (

    select exit.*
    from {{ ref('int_measure__looked_after_end') }} as exit
    inner join {{ ref('config_looked_after_code') }} as reason
        on
            exit.reason_ceased_code = reason.code
            and reason.metric_id = 'cla_adopted_count'
            and reason.code_of = 'reason_episode_ceased'
    where exit.period_type = 'year' and exit.is_last_in_period

),

episode as (

    select
        adopted.child_key,
        adopted.period_end,
        episode.start_date,
        episode.placement_spell_key,
        placement.code is not null as is_adoptive,
        legal_status.code is not null as is_placement_order
    from adopted
    inner join {{ ref('fct_episode_spell') }} as episode on adopted.care_period_key = episode.care_period_key
    left join {{ ref('config_looked_after_code') }} as placement
        on
            episode.placement_type_code = placement.code
            and placement.metric_id = 'cla_adoption_entry_to_placed_days'
            and placement.code_of = 'placement_type'
    left join {{ ref('config_looked_after_code') }} as legal_status
        on
            episode.legal_status_code = legal_status.code
            and legal_status.metric_id = 'cla_adoption_order_to_match_days'
            and legal_status.code_of = 'legal_status'

),

first_day as (

    select
        child_key,
        period_end,
        min(case when is_adoptive then start_date end) as placed_for_adoption_date,
        min(case when is_placement_order then start_date end) as placement_order_date
    from episode
    group by child_key, period_end

),

-- Adopted by their foster carers, children were placed when that placement began: the move to A3 or A5 with the same
-- carers starts none. Without an adoptive episode it is the last placement.
carer_placement as (

    select
        episode.child_key,
        episode.period_end,
        placement.start_date as carer_placement_date
    from episode
    inner join {{ ref('fct_placement_spell') }} as placement
        on episode.placement_spell_key = placement.placement_spell_key
    qualify
        row_number() over (
            partition by episode.child_key, episode.period_end
            order by
                case when episode.is_adoptive then 0 else 1 end asc,
                case when episode.is_adoptive then episode.start_date end asc,
                episode.start_date desc
        ) = 1

),

dated as (

    select
        adopted.*,
        care_period.is_start_a_start_of_care,
        coalesce(adoption.is_adopted_by_foster_carer, false) as is_adopted_by_foster_carer,
        adoption.matched_date,
        first_day.placement_order_date,
        case
            when adoption.is_adopted_by_foster_carer then carer_placement.carer_placement_date
            else first_day.placed_for_adoption_date
        end as placed_date
    from adopted
    inner join {{ ref('fct_care_period') }} as care_period on adopted.care_period_key = care_period.care_period_key
    left join {{ ref('fct_adoption') }} as adoption
        on adopted.child_key = adoption.child_key and adopted.collection_year = adoption.collection_year
    left join first_day
        on adopted.child_key = first_day.child_key and adopted.period_end = first_day.period_end
    left join carer_placement
        on adopted.child_key = carer_placement.child_key and adopted.period_end = carer_placement.period_end

)

-- Where care began in a return that was not loaded, neither the entry nor the first order is known: no days.
select
    la_code,
    child_key,
    person_key,
    collection_year,
    period_end,
    care_period_key,
    start_date as care_period_start_date,
    end_date as adopted_date,
    is_adopted_by_foster_carer,
    placed_date,
    placement_order_date,
    matched_date,
    case when is_start_a_start_of_care then {{ days_between('start_date', 'placed_date') }} end as days_entry_to_placed,
    -- a match before the order counts as 0 days
    case
        when not is_start_a_start_of_care then null
        when matched_date < placement_order_date then 0
        else {{ days_between('placement_order_date', 'matched_date') }}
    end as days_order_to_match,
    age_band_cla,
    sex,
    ethnicity_code,
    ethnic_group
from dated
