{#- How a field as sent becomes a column: plain SQL of every engine. -#}

{#- A code as its list writes it. -#}
{% macro code(text) -%}
    upper(trim({{ text }}))
{%- endmacro %}

{#- 1, 0, true or false in any case as a boolean; null for anything else. -#}
{% macro yes_no(text) -%}
    case {{ code(text) }} when '1' then true when 'TRUE' then true when '0' then false when 'FALSE' then false end
{%- endmacro %}

{#- Whether <list>_code of the relation `typed` stands in its list (joined as <list>) in the return's own year;
    null when none was sent. -#}
{% macro is_code_valid(list, code=none) -%}
    case
        when typed.{{ code or list ~ '_code' }} is not null
            then coalesce(
                typed.collection_year between {{ list }}.first_year and coalesce({{ list }}.last_year, typed.collection_year),
                false
            )
    end
{%- endmacro %}

{#- The fields of a row that held something else than they may, as 'field, field'; null when there is none. -#}
{% macro unreadable_fields(fields) -%}
    nullif(
        concat_ws(', '{% for field in fields %}, case when {{ field }}_unreadable then '{{ field }}' end{% endfor %}), ''
    )
{%- endmacro %}

{#- A date inside a key. A row without it must not fall together with another, so its position stands in. -#}
{% macro date_or_row(relation, date) -%}
    coalesce(cast({{ relation }}.{{ date }} as string), concat('row ', cast({{ relation }}.row_number_in_file as string)))
{%- endmacro %}
