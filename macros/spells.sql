{#- Returns of several years joined into spells: docs/rules/timelines.md 3. -#}

{#- Whole days from one date to another, the first day not counted. -#}
{% macro days_between(start_date, end_date) -%}
    cast(date_diff('day', {{ start_date }}, {{ end_date }}) as integer)
{%- endmacro %}

{#- A date some days later, or earlier with a negative number; the days may be an expression. -#}
{% macro days_later(date, days) -%}
    cast({{ date }} + ({{ days }}) * interval 1 day as date)
{%- endmacro %}

{#- CTEs that match the records of one kind over the returns of an authority and end with `version`: every record, with
    the spell it belongs to. A record (of the relation `record`) has child_key, la_code, load_id, row_number_in_file,
    collection_year and reference_date; only what the matching needs is sorted, the rest is joined at the end.

    `group`: what the natural key has beside the start date · `start_date`, `end_date` (none where the kind has no end) ·
    `equal`: the other fields, all of which must be equal for a moved start · `may_fill`: those that a later return may
    fill; once there, they must be equal too.

    - The same key in two returns is one spell.
    - Start moved: the key is gone from the next return, and that return has a record the former one did not know, with
      equal other fields and a start within 7 days. Each key is paired with the nearest. A start may move more than
      once, and back. The key of the latest return stands.
    - An open record and its ended continuation count as equal: the end may be filled like those of `may_fill`.
    Columns added: spell_key, spell_start_date, record_start_date, record_end_date, first_return_year, last_return_year,
    valid_to_return_year (the return that replaced the record; null for the one that stands), n_returns,
    is_start_moved, is_bridged, latest_return_year, window_start_date, data_cutoff_date.
    The query opens with `with recursive`: a start can move more than once. -#}
{% macro match_over_returns(record, kind, group, start_date, end_date, equal, may_fill=[]) -%}
    {%- set told_alike = [] -%}
    {%- for field in equal -%}
        {%- do told_alike.append('gone.' ~ field ~ ' is not distinct from arrived.' ~ field) -%}
    {%- endfor -%}
    {%- for field in ['record_end_date'] + may_fill -%}
        {%- do told_alike.append('(gone.' ~ field ~ ' is null or gone.' ~ field ~ ' = arrived.' ~ field ~ ')') -%}
    {%- endfor -%}
placed as (

    select
        {{ record }}.load_id,
        {{ record }}.row_number_in_file,
        {{ record }}.collection_year,
        {{ record }}.{{ group }} as match_group,
        {{ record }}.{{ start_date }} as record_start_date,
        {% if end_date %}{{ record }}.{{ end_date }}{% else %}cast(null as date){% endif %} as record_end_date,
        {% for field in equal + may_fill %}{{ record }}.{{ field }}, {% endfor %}
        sent.return_number,
        sent.next_return_year,
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

-- keys that the next return does not know
gone as (

    select
        match_group,
        record_start_date,
        record_end_date,
        {% for field in equal + may_fill %}{{ field }}, {% endfor %}
        return_number + 1 as return_number_due
    from placed
    where
        (return_number_after is null or return_number_after > return_number + 1)
        and next_return_year is not null

),

-- keys that the return before did not know
arrived as (

    select
        match_group,
        record_start_date,
        record_end_date,
        {% for field in equal + may_fill %}{{ field }}, {% endfor %}
        return_number
    from placed
    where (return_number_before is null or return_number_before < return_number - 1) and return_number > 1

),

candidate as (

    select
        gone.match_group,
        gone.record_start_date as old_start_date,
        arrived.record_start_date as new_start_date,
        arrived.return_number,
        abs({{ days_between('gone.record_start_date', 'arrived.record_start_date') }}) as days_moved
    from gone
    inner join arrived
        on gone.match_group = arrived.match_group and gone.return_number_due = arrived.return_number
    where
        {{ days_between('gone.record_start_date', 'arrived.record_start_date') }} between -7 and 7
        and {{ told_alike | join(' and ') }}

),

-- two keys that any return holds side by side are two spells
side_by_side as (

    select distinct
        candidate.match_group,
        candidate.old_start_date,
        candidate.new_start_date
    from candidate
    inner join placed as old_key
        on candidate.match_group = old_key.match_group and candidate.old_start_date = old_key.record_start_date
    inner join placed as new_key
        on
            candidate.match_group = new_key.match_group
            and candidate.new_start_date = new_key.record_start_date
            and old_key.return_number = new_key.return_number

),

moved as (

    select
        candidate.match_group,
        candidate.old_start_date,
        candidate.new_start_date,
        candidate.return_number
    from candidate
    left join side_by_side
        on
            candidate.match_group = side_by_side.match_group
            and candidate.old_start_date = side_by_side.old_start_date
            and candidate.new_start_date = side_by_side.new_start_date
    where side_by_side.match_group is null
    qualify
        row_number() over (
            partition by candidate.match_group, candidate.old_start_date, candidate.return_number
            order by candidate.days_moved, candidate.new_start_date
        ) = 1
        and row_number() over (
            partition by candidate.match_group, candidate.new_start_date, candidate.return_number
            order by candidate.days_moved, candidate.old_start_date
        ) = 1

),

-- from each key along its moves, return by return
walk as (

    select
        match_group,
        old_start_date,
        new_start_date as last_start_date,
        return_number
    from moved

    union all

    select
        walk.match_group,
        walk.old_start_date,
        moved.new_start_date as last_start_date,
        moved.return_number
    from walk
    inner join moved
        on
            walk.match_group = moved.match_group
            and walk.last_start_date = moved.old_start_date
            and walk.return_number < moved.return_number

),

where_it_ended as (

    select * from walk
    qualify
        row_number() over (
            partition by match_group, old_start_date order by return_number desc, last_start_date desc
        ) = 1

),

matched as (

    select
        placed.load_id,
        placed.row_number_in_file,
        placed.collection_year,
        placed.return_number,
        placed.match_group,
        placed.record_start_date,
        placed.record_end_date,
        placed.latest_return_year,
        placed.window_start_date,
        placed.data_cutoff_date,
        coalesce(where_it_ended.last_start_date, placed.record_start_date) as label_date
    from placed
    left join where_it_ended
        on
            placed.match_group = where_it_ended.match_group
            and placed.record_start_date = where_it_ended.old_start_date

),

-- the spell has the key of its latest return
spelled as (

    select
        matched.load_id,
        matched.row_number_in_file,
        matched.match_group,
        matched.record_start_date,
        matched.record_end_date,
        matched.latest_return_year,
        matched.window_start_date,
        matched.data_cutoff_date,
        last_value(matched.record_start_date) over of_spell as spell_start_date,
        lead(matched.collection_year) over (
            partition by matched.match_group, matched.label_date
            order by matched.collection_year, matched.record_start_date
        ) as valid_to_return_year,
        first_value(matched.collection_year) over of_spell as first_return_year,
        last_value(matched.collection_year) over of_spell as last_return_year,
        cast(count(*) over of_spell as integer) as n_returns,
        min(matched.record_start_date) over of_spell < max(matched.record_start_date) over of_spell
            as is_start_moved,
        -- a year between two returns that hold the spell was never sent
        last_value(matched.collection_year) over of_spell - first_value(matched.collection_year) over of_spell
        > last_value(matched.return_number) over of_spell - first_value(matched.return_number) over of_spell
            as is_bridged
    from matched
    window
        of_spell as (
            partition by matched.match_group, matched.label_date
            order by matched.collection_year, matched.record_start_date
            rows between unbounded preceding and unbounded following
        )

),

version as (

    select
        {{ surrogate_key(["'" ~ kind ~ "'", 'spelled.match_group', 'spelled.spell_start_date']) }} as spell_key,
        spelled.match_group,
        spelled.record_start_date,
        spelled.record_end_date,
        spelled.spell_start_date,
        spelled.is_start_moved,
        spelled.first_return_year,
        spelled.last_return_year,
        spelled.valid_to_return_year,
        spelled.n_returns,
        spelled.is_bridged,
        spelled.latest_return_year,
        spelled.window_start_date,
        spelled.data_cutoff_date,
        {{ record }}.*
    from {{ record }}
    inner join spelled
        on
            {{ record }}.load_id = spelled.load_id
            and {{ record }}.row_number_in_file = spelled.row_number_in_file

)
{%- endmacro %}

{#- CTEs that give each spell its end, from the records that stand (rows of `version` nothing replaced). The last one is
    `spell`: the columns of `version`, end_date, end_source (reported, derived, assumed), end_rule_code.

    - LOST: open at the end of its last return and absent from the next one: closed at the reference date.
    - REVERSED, UNREADABLE: an end before the start, or one that is no date, says that it ended, not when: closed where the
      child's next spell of the kind begins, and without one by the reference date, there.
    - OVERLAP, OVERLAP_SAME_RETURN (`is_exclusive`: kinds of which a child has one at a time): what runs into the next one
      ends where that begins, as an episode does (timelines.md 4.4).
    Of other kinds a child may have two at once, if a return tells so (timelines.md 3); ends made here never overlap.

    `end_field`: the field that holds the end, as the return names it · `derived`: a condition under which the end was made
    by the rule `derived_code` instead of sent. -#}
{% macro spells_with_end(version, end_field, is_exclusive=false, derived="false", derived_code="") -%}
standing as (

    select
        version.*,
        greatest(version.spell_start_date, version.reference_date) as latest_known_date,
        coalesce(
            version.record_end_date < version.spell_start_date
            or (
                version.record_end_date is null
                and concat(', ', version.unreadable_fields, ',') like '%, {{ end_field }},%'
            ),
            false
        ) as is_end_unknown,
        lead(version.spell_start_date) over of_child as next_start_date,
        lead(version.first_return_year) over of_child as next_first_return_year
    from {{ ref(version) }} as version
    where version.valid_to_return_year is null
    window
        of_child as (
            partition by version.child_key
            order by
                version.spell_start_date, coalesce(version.record_end_date, date '9999-12-31'), version.spell_key
        )

),

ruled as (

    select
        standing.*,
        case
            when standing.is_end_unknown
                then case when standing.record_end_date is null then 'UNREADABLE' else 'REVERSED' end
            {% if is_exclusive %}
            when
                standing.next_start_date < coalesce(
                    standing.record_end_date,
                    case when standing.last_return_year < standing.latest_return_year then standing.latest_known_date end,
                    date '9999-12-31'
                )
                then
                    case
                        when standing.last_return_year < standing.next_first_return_year then 'OVERLAP'
                        else 'OVERLAP_SAME_RETURN'
                    end
            {% endif %}
            when standing.record_end_date is not null then case when {{ derived }} then '{{ derived_code }}' end
            when standing.last_return_year < standing.latest_return_year then 'LOST'
        end as end_rule_code
    from standing

),

spell as (

    select
        ruled.*,
        case
            when ruled.end_rule_code in ('REVERSED', 'UNREADABLE')
                then least(ruled.latest_known_date, coalesce(ruled.next_start_date, ruled.latest_known_date))
            when ruled.end_rule_code in ('OVERLAP', 'OVERLAP_SAME_RETURN') then ruled.next_start_date
            when ruled.end_rule_code = 'LOST' then ruled.latest_known_date
            else ruled.record_end_date
        end as end_date,
        case
            when ruled.end_rule_code in ('REVERSED', 'UNREADABLE')
                then case when ruled.next_start_date <= ruled.latest_known_date then 'derived' else 'assumed' end
            when ruled.end_rule_code in ('OVERLAP', 'OVERLAP_SAME_RETURN', '{{ derived_code }}') then 'derived'
            when ruled.end_rule_code = 'LOST' then 'assumed'
            when ruled.record_end_date is not null then 'reported'
        end as end_source
    from ruled

)
{%- endmacro %}

{#- The day from which a spell no longer counts as open: an assumed end takes effect on the next (timelines.md 1). -#}
{% macro end_effective_date(end_date, end_source) -%}
    case when {{ end_source }} = 'assumed' then {{ days_later(end_date, 1) }} else {{ end_date }} end
{%- endmacro %}

{#- The dates of a spell, from `spell` (of spells_with_end): start_date to duration_days. A spell without an end
    is measured to the data cutoff and never ends there (timelines.md 5). -#}
{% macro spell_dates(start_rule="case when spell.is_start_moved then 'SHIFT' end") -%}
    spell.spell_start_date as start_date,
    {{ start_rule }} as start_rule_code,
    spell.end_date,
    spell.end_source,
    spell.end_rule_code,
    {{ end_effective_date('spell.end_date', 'spell.end_source') }} as end_effective_date,
    {{ nights('spell.spell_start_date', 'spell.end_date', 'spell.data_cutoff_date') }} as duration_days
{%- endmacro %}

{#- What the returns show of a spell, from `spell`: timelines.md 5. -#}
{% macro spell_returns(start_date='spell.spell_start_date', end_date='spell.end_date') -%}
    {{ start_date }} < spell.window_start_date as is_left_censored,
    {{ end_date }} is null as is_right_censored,
    spell.is_bridged,
    spell.n_returns,
    spell.first_return_year,
    spell.last_return_year,
    spell.window_start_date,
    spell.data_cutoff_date
{%- endmacro %}

{#- Nights from a start to an end: the day of the end is none. Without an end, to the data cutoff. -#}
{% macro nights(start_date, end_date, data_cutoff_date) -%}
    {{ days_between(start_date, 'coalesce(' ~ end_date ~ ', greatest(' ~ start_date ~ ', ' ~ data_cutoff_date ~ '))') }}
{%- endmacro %}

{#- Whether another spell of the kind is open on a day of this one, for the same child. -#}
{% macro is_overlapping(spell='spell') -%}
    coalesce(
        {{ spell }}.spell_start_date < max(coalesce({{ spell }}.end_date, date '9999-12-31')) over (
            partition by {{ spell }}.child_key
            order by {{ spell }}.spell_start_date, {{ spell }}.spell_key
            rows between unbounded preceding and 1 preceding
        ),
        false
    )
    or coalesce(
        lead({{ spell }}.spell_start_date) over (
            partition by {{ spell }}.child_key order by {{ spell }}.spell_start_date, {{ spell }}.spell_key
        ) < coalesce({{ spell }}.end_date, date '9999-12-31'),
        false
    )
{%- endmacro %}

{#- Joins that give a spell its person: the node of its child number on its side of an adoption (timelines.md 2.5).
    `return_name`: as SQL, a quoted name or a column · `side_date`: the date that tells the side; what hangs under a
    referral goes with the referral. -#}
{% macro join_person(return_name, side_date, return_year='spell.last_return_year') -%}
    left join {{ ref('int_identity__case_number_family') }} as family
        on
            family.return_name = {{ return_name }}
            and spell.la_code = family.la_code
            and {{ return_year }} = family.collection_year
    left join {{ ref('int_identity__person_of_child') }} as person
        on
            spell.child_key = person.child_key
            and family.family = person.family
            and coalesce({{ side_date }}, date '0001-01-02') > person.side_from_date
            and coalesce({{ side_date }}, date '0001-01-02') <= person.side_to_date
{%- endmacro %}

{% macro person_key() -%}
    coalesce(person.person_key, spell.child_key)
{%- endmacro %}

{#- What changed between two records of one spell, one row for each attribute that differs. Filling a blank is no
    conflict. `attributes`: column of the version model → name of the attribute · `side_date`: the column that tells the side
    of an adoption (in the census what hangs under a referral goes with it). -#}
{% macro conflicts_of(version, kind, return_name, attributes, side_date='spell_start_date') -%}
    {% for column, attribute in attributes.items() -%}
        select
            '{{ kind }}' as spell_kind,
            '{{ return_name }}' as return_name,
            earlier.spell_key,
            earlier.child_key,
            earlier.la_code,
            later.{{ side_date }} as side_date,
            '{{ attribute }}' as attribute,
            cast(earlier.{{ column }} as varchar) as old_value,
            cast(later.{{ column }} as varchar) as new_value,
            earlier.collection_year as from_return_year,
            later.collection_year as to_return_year,
            '{{ "SHIFT" if attribute == "start_date" else "LATER_RETURN" }}' as rule_code
        from {{ ref(version) }} as earlier
        inner join {{ ref(version) }} as later
            on earlier.spell_key = later.spell_key and earlier.valid_to_return_year = later.collection_year
        where earlier.{{ column }} is not null and earlier.{{ column }} is distinct from later.{{ column }}
        {{ "union all" if not loop.last }}
    {% endfor -%}
{%- endmacro %}
