-- one row per row of a current SSDA903 that breaks a rule between its fields, rows or files, with its place in the file

{#- a spell and its end: model, table, start, end, field, rule -#}
{%- set spells = [
    ('episode', 'episodes', 'episode_start_date', 'episode_end_date', 'DEC', 'episode_end_before_start'),
    ('missing', 'missing', 'missing_start_date', 'missing_end_date', 'MIS_END', 'end_before_start'),
    ('placed_for_adoption', 'placed_for_adoption', 'placement_decision_date', 'placement_decision_reversed_date', 'DATE_PLACED_CEASED', 'end_before_start'),
    ('social_worker', 'social_worker', 'allocation_start_date', 'allocation_end_date', 'SW_DEC', 'end_before_start'),
    ('dolo', 'dolo', 'order_start_date', 'order_end_date', 'DOLO_END', 'end_before_start'),
] %}

{#- dates that the return can only know when they have passed: model, table, column, field -#}
{%- set dates = [
    ('episode', 'episodes', 'episode_start_date', 'DECOM'),
    ('episode', 'episodes', 'episode_end_date', 'DEC'),
    ('review', 'reviews', 'review_date', 'REVIEW'),
    ('missing', 'missing', 'missing_start_date', 'MIS_START'),
    ('missing', 'missing', 'missing_end_date', 'MIS_END'),
    ('ad1', 'ad1', 'best_interest_decision_date', 'DATE_INT'),
    ('ad1', 'ad1', 'matched_date', 'DATE_MATCH'),
    ('placed_for_adoption', 'placed_for_adoption', 'placement_decision_date', 'DATE_PLACED'),
    ('placed_for_adoption', 'placed_for_adoption', 'placement_decision_reversed_date', 'DATE_PLACED_CEASED'),
    ('social_worker', 'social_worker', 'allocation_start_date', 'SW_DECOM'),
    ('social_worker', 'social_worker', 'allocation_end_date', 'SW_DEC'),
    ('dolo', 'dolo', 'order_start_date', 'DOLO_START'),
] %}

{#- natural keys of timelines.md 3 within one file: model, table, key, the part that must be known, field -#}
{%- set keys = [
    ('header', 'header', ['child_key'], 'child_key', 'CHILD'),
    ('episode', 'episodes', ['child_key', 'episode_start_date', 'reason_new_episode_code'], 'episode_start_date', 'DECOM'),
    ('review', 'reviews', ['child_key', 'review_date'], 'review_date', 'REVIEW'),
    ('uasc', 'uasc', ['child_key'], 'child_key', 'CHILD'),
    ('oc2', 'oc2', ['child_key'], 'child_key', 'CHILD'),
    ('oc3', 'oc3', ['child_key'], 'child_key', 'CHILD'),
    ('ad1', 'ad1', ['child_key'], 'child_key', 'CHILD'),
    ('placed_for_adoption', 'placed_for_adoption', ['child_key', 'placement_decision_date'], 'placement_decision_date', 'DATE_PLACED'),
    ('previous_permanence', 'previous_permanence', ['child_key'], 'child_key', 'CHILD'),
    ('missing', 'missing', ['child_key', 'missing_start_date', 'missing_type_code'], 'missing_start_date', 'MIS_START'),
    ('social_worker', 'social_worker', ['child_key', 'allocation_start_date'], 'allocation_start_date', 'SW_DECOM'),
    ('dolo', 'dolo', ['child_key', 'order_start_date'], 'order_start_date', 'DOLO_START'),
] %}

{#- the files beside the header, and whether they repeat the birth date: model, table, has_birth_date -#}
{%- set files = [
    ('episode', 'episodes', false),
    ('review', 'reviews', true),
    ('uasc', 'uasc', true),
    ('oc2', 'oc2', true),
    ('oc3', 'oc3', true),
    ('ad1', 'ad1', true),
    ('placed_for_adoption', 'placed_for_adoption', true),
    ('previous_permanence', 'previous_permanence', true),
    ('missing', 'missing', true),
    ('social_worker', 'social_worker', true),
    ('dolo', 'dolo', true),
] %}

with submission as (

    select * from {{ ref('int_submission__current') }}
    where return_name = 'ssda903'

),

header as (

    select * from {{ ref('int_ssda903__current_header') }}

),

{% for model, table, has_birth_date in files %}
    {{ model }} as (

        select * from {{ ref('int_ssda903__current_' ~ model) }}

    ),

{% endfor %}
-- short breaks (V3, V4) are a series of their own, beside care
series as (

    select
        episode.*,
        lead(episode.episode_start_date) over (
            partition by episode.child_year_key, coalesce(legal_status_group.is_short_break, false)
            order by
                episode.episode_start_date asc,
                coalesce(episode.episode_end_date, date '9999-12-31') asc,
                episode.row_number_in_file asc
        ) as next_start_date
    from episode
    left join {{ ref('config_legal_status_group') }} as legal_status_group
        on episode.legal_status_code = legal_status_group.code
    where episode.episode_start_date is not null

),

broken as (

    -- when the header file has not arrived nothing is an orphan: dq_expected_seen says what is missing
    {% for relation, table, has_birth_date in files %}
        select {{ broken_rule(relation, 'row_without_header_child', table, 'CHILD') }}
        from {{ relation }}
        inner join submission
            on
                {{ relation }}.la_code = submission.la_code
                and {{ relation }}.collection_year = submission.collection_year
                and submission.table_name = 'header'
        where {{ relation }}.child_year_key not in (select header.child_year_key from header)

        union all

    {% endfor %}
    select {{ broken_rule('header', 'header_child_without_rows', 'header', 'CHILD') }}
    from header
    inner join submission
        on
            header.la_code = submission.la_code
            and header.collection_year = submission.collection_year
            and submission.table_name = 'episodes'
    where
        header.child_year_key not in (select episode.child_year_key from episode)
        and header.child_year_key not in (select oc3.child_year_key from oc3)

    {% for relation, table, start_date, end_date, field, rule_code in spells %}
        union all

        select {{ broken_rule(relation, rule_code, table, field) }}
        from {{ relation }}
        where {{ relation }}.{{ end_date }} < {{ relation }}.{{ start_date }}

    {% endfor %}
    {% for relation, table, column, field in dates %}
        union all

        select {{ broken_rule(relation, 'date_after_reference_date', table, field) }}
        from {{ relation }}
        where {{ relation }}.{{ column }} > {{ relation }}.reference_date

    {% endfor %}
    union all

    -- birth dates are held by month: the first of the month after the reference date is after it
    select {{ broken_rule('header', 'birth_after_reference_date', 'header', 'DOB') }}
    from header
    where header.birth_month > header.reference_date

    -- different rows with one key, all but the last; rows equal in every field were left out at loading
    {% for model, table, columns, known, field in keys %}
        union all

        select {{ broken_rule(model, 'same_key_twice', table, field) }}
        from {{ ref('stg_ssda903__' ~ model) }} as {{ model }}
        where {{ model }}.{{ known }} is not null and {{ model }}.load_id in (select submission.load_id from submission)
        qualify
            row_number() over (
                partition by {{ model }}.load_id, {{ columns | join(', ') }}
                order by {{ model }}.row_number_in_file desc
            ) > 1

    {% endfor %}
    -- files that contradict one another
    {% for relation, table, has_birth_date in files if has_birth_date %}
        union all

        select {{ broken_rule(relation, 'birth_month_differs_between_files', table, 'DOB') }}
        from {{ relation }}
        inner join header on {{ relation }}.child_year_key = header.child_year_key
        where {{ relation }}.birth_month <> header.birth_month

    {% endfor %}
    -- episodes that contradict one another; a field that could not be read is a finding of the loader already
    union all

    select {{ broken_rule('series', 'same_day_episodes', 'episodes', 'DECOM') }}
    from series
    qualify count(*) over (partition by series.child_year_key, series.episode_start_date) > 1

    union all

    select {{ broken_rule('series', 'episode_end_without_reason', 'episodes', 'REC') }}
    from series
    where
        series.episode_end_date is not null
        and series.reason_episode_ceased_code is null
        and ', ' || coalesce(series.unreadable_fields, '') || ',' not like '%, rec,%'

    union all

    select {{ broken_rule('series', 'reason_without_episode_end', 'episodes', 'DEC') }}
    from series
    where
        series.episode_end_date is null
        and series.reason_episode_ceased_code is not null
        and ', ' || coalesce(series.unreadable_fields, '') || ',' not like '%, dec,%'

    union all

    -- timelines.md example 5: two episodes of one return are not repaired, the gap is for the authority to close
    select {{ broken_rule('series', 'continuing_episode_gap', 'episodes', 'DEC') }}
    from series
    where series.reason_episode_ceased_code = 'X1' and series.next_start_date > series.episode_end_date

    union all

    select {{ broken_rule('series', 'continuing_episode_without_next', 'episodes', 'REC') }}
    from series
    where series.reason_episode_ceased_code = 'X1' and series.next_start_date is null

    union all

    -- two on one day are a finding of their own
    select {{ broken_rule('series', 'episodes_overlap', 'episodes', 'DEC') }}
    from series
    where
        series.next_start_date > series.episode_start_date
        and series.next_start_date < coalesce(series.episode_end_date, date '9999-12-31')

    union all

    -- a child is missing or away once at a time; an end that could not be read is a finding of the loader already
    select {{ broken_rule('missing', 'missing_incidents_overlap', 'missing', 'MIS_END') }}
    from (
        select
            current_record.*,
            lead(current_record.missing_start_date) over (
                partition by current_record.child_year_key
                order by current_record.missing_start_date, coalesce(current_record.missing_end_date, date '9999-12-31')
            ) as next_start_date
        from missing as current_record
        where current_record.missing_start_date is not null
    ) as missing
    where
        missing.next_start_date < coalesce(missing.missing_end_date, date '9999-12-31')
        and ', ' || coalesce(missing.unreadable_fields, '') || ',' not like '%, mis_end,%'

    union all

    -- from 28 October 2023 on such a home in England was registered, and so has a URN
    select {{ broken_rule('series', 'supported_home_without_urn', 'episodes', 'URN') }}
    from series
    inner join {{ ref('config_placement_group') }} as placement_group
        on series.placement_type_code = placement_group.code
    where
        placement_group.setting = 'supported'
        and series.placement_urn is null
        and coalesce(series.episode_end_date, series.reference_date) > date '2023-10-28'

)

select
    load_id,
    la_code,
    'ssda903' as return_name,
    collection_year,
    rule_code,
    table_name,
    field,
    line_number
from broken
order by la_code, collection_year, rule_code, table_name, field, line_number, load_id
