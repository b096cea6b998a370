{#- Returns of several years joined into spells: docs/rules/timelines.md 3. -#}

{#- Whole days from one date to another, the first day not counted. -#}
{% macro days_between(start_date, end_date) -%}
    cast(date_diff('day', {{ start_date }}, {{ end_date }}) as integer)
{%- endmacro %}

{#- A date some days later, or earlier with a negative number. -#}
{% macro days_later(date, days) -%}
    cast({{ date }} + interval '{{ days }}' day as date)
{%- endmacro %}

{#- CTEs that match the records of one kind over the returns of an authority and end with `version`: every record, with the
    spell it belongs to. A record (the relation named by `record`) has child_key, la_code, collection_year, reference_date.

    `group`: what the natural key has beside the start date · `start_date`, `end_date` (none where the kind has no end) ·
    `equal`: the other fields, all of which must be equal for a moved start · `may_fill`: those that a later return may
    fill; once there, they must be equal too.

    - The same key in two returns is one spell.
    - Start moved: the key is gone from the next return although it was due there, and that return has a record the
      former one did not know, with equal other fields and a start within 7 days. Each key is paired with the nearest.
    - An open record and its ended continuation count as equal: the end may be filled like those of `may_fill`.
    Columns added: spell_key, spell_start_date, record_start_date, record_end_date, first_return_year, last_return_year,
    valid_to_return_year (the return that replaced the record; null for the one that stands), n_returns,
    is_start_moved, is_bridged, latest_return_year, window_start_date, data_cutoff_date.
    The query opens with `with recursive`: a start can move more than once. -#}
{% macro match_over_returns(record, kind, group, start_date, end_date, equal, may_fill=[]) -%}
placed as (

    select
        {{ record }}.*,
        {{ record }}.{{ group }} as match_group,
        {{ record }}.{{ start_date }} as record_start_date,
        {% if end_date %}{{ record }}.{{ end_date }}{% else %}cast(null as date){% endif %} as record_end_date,
        sent.return_number,
        sent.next_return_year,
        sent.next_period_start_date,
        sent.latest_return_year,
        sent.window_start_date,
        sent.data_cutoff_date,
        lag(sent.return_number) over of_key as return_number_before,
        lead(sent.return_number) over of_key as return_number_after
    from {{ record }}
    inner join {{ ref('int_timeline__return') }} as sent on {{ record }}.load_id = sent.load_id
    where {{ record }}.{{ start_date }} is not null
    window
        of_key as (
            partition by {{ record }}.{{ group }}, {{ record }}.{{ start_date }} order by {{ record }}.collection_year
        )

),

-- keys that the next return no longer knows, although they were open when it began
gone as (

    select
        match_group,
        record_start_date,
        record_end_date,
        {%- for field in equal + may_fill %}
        {{ field }},
        {%- endfor %}
        return_number + 1 as return_number_due
    from placed
    where
        return_number_after is null
        and next_return_year is not null
        and (record_end_date is null or record_end_date >= next_period_start_date)

),

-- keys that the return before did not know
arrived as (

    select
        match_group,
        record_start_date,
        record_end_date,
        {%- for field in equal + may_fill %}
        {{ field }},
        {%- endfor %}
        return_number
    from placed
    where return_number_before is null and return_number > 1

),

candidate as (

    select
        gone.match_group,
        gone.record_start_date as old_start_date,
        arrived.record_start_date as new_start_date,
        abs({{ days_between('gone.record_start_date', 'arrived.record_start_date') }}) as days_moved
    from gone
    inner join arrived
        on
            gone.match_group = arrived.match_group
            and gone.return_number_due = arrived.return_number
    where
        {{ days_between('gone.record_start_date', 'arrived.record_start_date') }} between -7 and 7
        {%- for field in equal %}
        and gone.{{ field }} is not distinct from arrived.{{ field }}
        {%- endfor %}
        {%- for field in ['record_end_date'] + may_fill %}
        and (gone.{{ field }} is null or gone.{{ field }} = arrived.{{ field }})
        {%- endfor %}

),

moved_once as (

    select match_group, old_start_date, new_start_date
    from candidate
    qualify
        row_number() over (partition by match_group, old_start_date order by days_moved, new_start_date) = 1
        and row_number() over (partition by match_group, new_start_date order by days_moved, old_start_date) = 1

),

-- each key that was moved, with the start that stands at the end of its chain
moved as (

    select
        moved_once.match_group,
        moved_once.old_start_date,
        moved_once.new_start_date as last_start_date
    from moved_once
    left join moved_once as again
        on moved_once.match_group = again.match_group and moved_once.new_start_date = again.old_start_date
    where again.match_group is null

    union all

    select
        moved_once.match_group,
        moved_once.old_start_date,
        moved.last_start_date
    from moved_once
    inner join moved
        on moved_once.match_group = moved.match_group and moved_once.new_start_date = moved.old_start_date

),

matched as (

    select
        placed.*,
        coalesce(moved.last_start_date, placed.record_start_date) as spell_start_date,
        moved.last_start_date is not null as is_moved
    from placed
    left join moved
        on placed.match_group = moved.match_group and placed.record_start_date = moved.old_start_date

),

version as (

    select
        {{ surrogate_key(["'" ~ kind ~ "'", 'matched.match_group', 'matched.spell_start_date']) }} as spell_key,
        matched.*,
        min(matched.collection_year) over whole_spell as first_return_year,
        max(matched.collection_year) over whole_spell as last_return_year,
        cast(count(*) over whole_spell as integer) as n_returns,
        lead(matched.collection_year) over (
            partition by matched.match_group, matched.spell_start_date order by matched.collection_year
        ) as valid_to_return_year,
        max(matched.is_moved) over whole_spell as is_start_moved,
        -- a year between two returns that hold the spell was never sent
        max(matched.collection_year) over whole_spell - min(matched.collection_year) over whole_spell
        > max(matched.return_number) over whole_spell - min(matched.return_number) over whole_spell as is_bridged
    from matched
    window whole_spell as (partition by matched.match_group, matched.spell_start_date)

)
{%- endmacro %}

{#- The end of a spell, from the record that stands (a row of `version` that nothing replaced): end_date, end_source
    (reported, derived, assumed), end_rule_code.

    - LOST: open at the end of its last return and absent from the next one: closed at the reference date.
    - REVERSED: an end before the start says that it ended, not when: closed at the reference date too.
    `derived`: a condition under which the end was made by the rule `derived_code` instead of sent. -#}
{% macro spell_end(derived="false", derived_code="") -%}
    case
        when record_end_date >= spell_start_date then record_end_date
        when record_end_date < spell_start_date or last_return_year < latest_return_year
            then greatest(spell_start_date, reference_date)
    end as end_date,
    case
        when record_end_date >= spell_start_date
            then case when {{ derived }} then 'derived' else 'reported' end
        when record_end_date < spell_start_date or last_return_year < latest_return_year then 'assumed'
    end as end_source,
    case
        when record_end_date >= spell_start_date
            then case when {{ derived }} then '{{ derived_code }}' end
        when record_end_date < spell_start_date then 'REVERSED'
        when last_return_year < latest_return_year then 'LOST'
    end as end_rule_code
{%- endmacro %}

{#- What a change between two records of one spell is called in fct_conflict: one row for each attribute that differs.
    `attributes`: column of `version` → name of the attribute. Filling a blank is no conflict. -#}
{% macro conflicts_of(version, kind, return_name, attributes) -%}
    {%- for column, attribute in attributes.items() %}
    select
        '{{ kind }}' as spell_kind,
        '{{ return_name }}' as return_name,
        earlier.spell_key,
        earlier.child_key,
        earlier.la_code,
        earlier.spell_start_date,
        '{{ attribute }}' as attribute,
        cast(earlier.{{ column }} as varchar) as old_value,
        cast(later.{{ column }} as varchar) as new_value,
        earlier.collection_year as from_return_year,
        later.collection_year as to_return_year
    from {{ ref(version) }} as earlier
    inner join {{ ref(version) }} as later
        on earlier.spell_key = later.spell_key and earlier.valid_to_return_year = later.collection_year
    where earlier.{{ column }} is not null and earlier.{{ column }} is distinct from later.{{ column }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
{%- endmacro %}
