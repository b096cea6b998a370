{#- What differs between engines, in one place (docs/architecture.md 12). These are DuckDB's.
    Nothing here may raise on a value: an error message would carry the value into a log. -#}

{#- A date from text: dd/mm/yyyy, yyyy-mm-dd or dd-Mon-yyyy; null for the rest and for days that do not exist. -#}
{% macro parse_date(text) -%}
    cast(try_strptime(trim({{ text }}), ['%d/%m/%Y', '%Y-%m-%d', '%d-%b-%Y']) as date)
{%- endmacro %}

{#- A date that may lack its day, or day and month, written zz: the first day it can mean. -#}
{% macro partial_date(text) -%}
    case
        when lower(trim({{ text }})) like '%/zzzz' then null
        when lower(trim({{ text }})) like '__/zz/%'
            then {{ parse_date("concat('01/01/', right(trim(" ~ text ~ "), 4))") }}
        else {{ parse_date("replace(lower(trim(" ~ text ~ ")), 'zz/', '01/')") }}
    end
{%- endmacro %}

{#- How much of that date is known: day, month, year or unknown; null when nothing was sent. -#}
{% macro partial_date_precision(text) -%}
    case
        when {{ text }} is null then null
        when {{ partial_date(text) }} is null then 'unknown'
        when lower(trim({{ text }})) like '__/zz/%' then 'year'
        when lower(trim({{ text }})) like 'zz/%' then 'month'
        else 'day'
    end
{%- endmacro %}

{#- Every day from one date to another, both inside, as a table with the column calendar_date. -#}
{% macro days_between_dates(first_date, last_date) -%}
    select cast(day_in_series as date) as calendar_date
    from generate_series(cast('{{ first_date }}' as date), cast('{{ last_date }}' as date), interval 1 day)
        as series (day_in_series)
{%- endmacro %}

{#- 1 for Monday to 7 for Sunday. -#}
{% macro iso_weekday(date) -%}
    isodow({{ date }})
{%- endmacro %}

{#- A key of 32 hex characters made of columns that are keys, dates and codes already; null counts as empty. -#}
{% macro surrogate_key(columns) -%}
    md5(concat_ws('|'{% for column in columns %}, coalesce(cast({{ column }} as string), ''){% endfor %}))
{%- endmacro %}
