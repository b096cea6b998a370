-- The episodes of a child over all returns, repaired so that one follows the other: timelines.md 4, rules 2 to 4.
-- One row per child and start date, episodes set aside under a longer one of a later return included (COVERED).
with standing as (

    select
        version.*,
        coalesce(legal_status_group.is_short_break, false) as is_short_break,
        -- an end before the start tells nothing
        case when version.record_end_date >= version.spell_start_date then version.record_end_date end as sent_end_date
    from {{ ref('int_timeline_ssda903__episode_version') }} as version
    left join {{ ref('config_legal_status_group') }} as legal_status_group
        on version.legal_status_code = legal_status_group.code
    where version.valid_to_return_year is null

),

-- an older return's episode that begins inside one which a later return still holds: the later return wins
covered as (

    select distinct inner_episode.spell_key
    from standing as inner_episode
    inner join standing as outer_episode
        on
            inner_episode.child_key = outer_episode.child_key
            and inner_episode.is_short_break = outer_episode.is_short_break
    where
        inner_episode.last_return_year < outer_episode.last_return_year
        and inner_episode.spell_start_date > outer_episode.spell_start_date
        and (outer_episode.sent_end_date is null or outer_episode.sent_end_date > inner_episode.spell_start_date)

),

followed as (

    select
        standing.*,
        covered.spell_key is not null as is_covered,
        -- said to have ended, but not when
        standing.sent_end_date is null
        and (standing.record_end_date is not null or standing.reason_episode_ceased_code is not null) as is_end_unknown,
        standing.last_return_year < standing.latest_return_year as is_of_old_return,
        lead(standing.spell_start_date) over of_child as next_start_date,
        lead(standing.start_first_return_year) over of_child as next_start_first_return_year,
        lead(standing.spell_reason_new_episode_code) over of_child as next_reason_new_episode_code
    from standing
    left join covered on standing.spell_key = covered.spell_key
    window
        of_child as (
            partition by standing.child_key, standing.is_short_break, covered.spell_key is not null
            order by standing.spell_start_date
        )

),

ruled as (

    select
        followed.*,
        coalesce(followed.next_reason_new_episode_code, '') = 'S' as is_next_a_restart,
        case
            when followed.is_covered then 'COVERED'
            when followed.sent_end_date is null and (followed.is_of_old_return or followed.is_end_unknown)
                then
                    case
                        when followed.next_start_date is null then 'LOST'
                        when coalesce(followed.next_reason_new_episode_code, '') = 'S' then 'REPAIR_GAP'
                        else 'REPAIR'
                    end
            when
                followed.next_start_date < followed.sent_end_date
                or (followed.sent_end_date is null and followed.next_start_date is not null)
                then
                    case
                        when followed.last_return_year < followed.next_start_first_return_year then 'OVERLAP'
                        else 'OVERLAP_SAME_RETURN'
                    end
            when
                followed.reason_episode_ceased_code = 'X1'
                and followed.sent_end_date < followed.next_start_date
                and followed.last_return_year < followed.next_start_first_return_year
                then 'GAP'
        end as end_rule_code
    from followed

),

repaired as (

    select
        ruled.*,
        case ruled.end_rule_code
            when 'COVERED' then ruled.sent_end_date
            when 'LOST' then greatest(ruled.spell_start_date, ruled.reference_date)
            when 'REPAIR_GAP'
                then greatest(
                    ruled.spell_start_date,
                    least(ruled.reference_date, {{ days_later('ruled.next_start_date', -1) }})
                )
            when 'REPAIR' then ruled.next_start_date
            when 'OVERLAP' then ruled.next_start_date
            when 'OVERLAP_SAME_RETURN' then ruled.next_start_date
            when 'GAP' then ruled.next_start_date
            else ruled.sent_end_date
        end as repaired_end_date,
        case
            when ruled.end_rule_code = 'REPAIR' then 'X1'
            -- an end whose date was assumed keeps the reason that was sent with it, if any
            when ruled.end_rule_code in ('LOST', 'REPAIR_GAP')
                then nullif(ruled.reason_episode_ceased_code, 'X1')
            when
                ruled.end_rule_code in ('OVERLAP', 'OVERLAP_SAME_RETURN')
                and ruled.sent_end_date is null
                and not ruled.is_next_a_restart
                then 'X1'
            else ruled.reason_episode_ceased_code
        end as repaired_reason_episode_ceased_code
    from ruled

),

chained as (

    select
        repaired.*,
        case
            when repaired.is_covered then null
            when
                repaired.spell_start_date = lag(repaired.repaired_end_date) over of_child
                and lag(repaired.repaired_reason_episode_ceased_code) over of_child = 'X1'
                then 0
            else 1
        end as is_first_of_period
    from repaired
    window
        of_child as (
            partition by repaired.child_key, repaired.is_short_break, repaired.is_covered
            order by repaired.spell_start_date
        )

),

numbered as (

    select
        chained.*,
        sum(chained.is_first_of_period) over (
            partition by chained.child_key, chained.is_short_break, chained.is_covered
            order by chained.spell_start_date
            rows between unbounded preceding and current row
        ) as period_number
    from chained

),

dated as (

    select
        numbered.*,
        min(numbered.spell_start_date) over (
            partition by numbered.child_key, numbered.is_short_break, numbered.is_covered, numbered.period_number
        ) as period_start_date
    from numbered

)

select
    dated.spell_key as episode_spell_key,
    case
        when not dated.is_covered and not dated.is_short_break
            then {{ surrogate_key(["'care_period'", 'dated.child_key', 'dated.period_start_date']) }}
    end as care_period_key,
    case
        when not dated.is_covered and dated.is_short_break
            then {{ surrogate_key(["'short_break'", 'dated.child_key', 'dated.period_start_date']) }}
    end as short_break_spell_key,
    case when not dated.is_covered then dated.period_start_date end as period_start_date,
    dated.child_key,
    dated.la_code,
    dated.load_id,
    dated.row_number_in_file,
    dated.reference_date,
    dated.collection_year,
    dated.first_return_year,
    dated.last_return_year,
    dated.latest_return_year,
    dated.n_returns,
    dated.is_bridged,
    dated.window_start_date,
    dated.data_cutoff_date,
    dated.is_short_break,
    dated.is_covered,
    dated.spell_start_date as episode_start_date,
    case when dated.is_start_moved then 'SHIFT' end as start_rule_code,
    dated.record_end_date,
    dated.repaired_end_date as episode_end_date,
    case
        when dated.repaired_end_date is null then null
        when dated.end_rule_code in ('LOST', 'REPAIR_GAP') then 'assumed'
        when dated.end_rule_code in ('REPAIR', 'OVERLAP', 'OVERLAP_SAME_RETURN', 'GAP') then 'derived'
        else 'reported'
    end as end_source,
    dated.end_rule_code,
    dated.spell_reason_new_episode_code as reason_new_episode_code,
    dated.reason_episode_ceased_code as record_reason_episode_ceased_code,
    dated.repaired_reason_episode_ceased_code as reason_episode_ceased_code,
    dated.reason_placement_change_code,
    dated.legal_status_code,
    dated.category_of_need_code,
    dated.placement_type_code,
    dated.placement_provider_code,
    dated.placement_urn,
    dated.home_sector,
    dated.placement_sector
from dated
