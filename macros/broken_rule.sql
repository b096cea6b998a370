{#- What a row that breaks a rule is told by: its place. `field` is where to look first, as the guidance names it. -#}
{% macro broken_rule(relation, rule_code, table_name, field) -%}
    {{ relation }}.load_id,
    {{ relation }}.la_code,
    {{ relation }}.collection_year,
    '{{ rule_code }}' as rule_code,
    '{{ table_name }}' as table_name,
    '{{ field }}' as field,
    {{ relation }}.line_number
{%- endmacro %}
