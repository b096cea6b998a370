{#- Rules about days: docs/rules/timelines.md 1. -#}

{#- Completed years. A birthday on 29 February falls on 1 March in other years; null before birth. -#}
{% macro age_at(birth_date, date) -%}
    case
        when {{ birth_date }} <= {{ date }}
            then extract(year from {{ date }}) - extract(year from {{ birth_date }})
                - case
                    when
                        extract(month from {{ date }}) * 100 + extract(day from {{ date }})
                        < extract(month from {{ birth_date }}) * 100 + extract(day from {{ birth_date }})
                        then 1
                    else 0
                end
    end
{%- endmacro %}

{#- Open at the end of a day: started by then, and not ended by then. -#}
{% macro is_open_at(start_date, end_date, date) -%}
    {{ start_date }} <= {{ date }} and ({{ end_date }} is null or {{ end_date }} > {{ date }})
{%- endmacro %}

{#- Calendar months from one date to another, whatever their days: 31 March to 1 April is one. -#}
{% macro months_between(start_date, end_date) -%}
    cast(
        (extract(year from {{ end_date }}) - extract(year from {{ start_date }})) * 12
        + extract(month from {{ end_date }}) - extract(month from {{ start_date }})
        as integer
    )
{%- endmacro %}

{#- A date some calendar months later, or earlier with a negative number, clipped to the end of the month. `months` may
    be a column. -#}
{% macro months_later(date, months) -%}
    cast({{ date }} + to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}
