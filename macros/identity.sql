{#- What identity needs beyond plain SQL; {engine} marks what another engine spells otherwise. -#}

{#- The values of a group as one text, in order, each once: 'AUT, LD'. {engine} -#}
{% macro ordered_list(value) -%}
    string_agg(distinct {{ value }}, ', ' order by {{ value }})
{%- endmacro %}

{#- Calendar months from one first of a month to another, whichever comes first; null when one is not known. -#}
{% macro months_apart(one_month, other_month) -%}
    abs(
        (extract(year from {{ one_month }}) - extract(year from {{ other_month }})) * 12
        + extract(month from {{ one_month }}) - extract(month from {{ other_month }})
    )
{%- endmacro %}

{#- Later return first (timelines.md 3): reference date, then the stamp inside the file. Two returns of one day without
    stamps go by name, because load numbers tell in which order files arrived, and that must change nothing. -#}
{% macro later_return_first(relation=none) -%}
    {%- set of = relation ~ '.' if relation else '' -%}
    {{ of }}reference_date desc, {{ of }}submission_stamp desc, {{ of }}return_name asc
{%- endmacro %}

{#- The attributes of one child or person, from rows of attribute and value, each attribute once. -#}
{% macro latest_values() -%}
    cast(max(case when attribute = 'birth_month' then value end) as date) as birth_month,
        cast(max(case when attribute = 'expected_birth_month' then value end) as date) as expected_birth_month,
        cast(max(case when attribute = 'death_month' then value end) as date) as death_month,
        max(case when attribute = 'sex' then value end) as sex_code,
        max(case when attribute = 'ethnicity' then value end) as ethnicity_code,
        max(case when attribute = 'disability' then value end) as disability_codes,
        max(case when attribute = 'upn' then value end) as upn_key
{%- endmacro %}

{#- Those attributes with their labels and groups, as dim_child and dim_person show them, from `described`, `sex`,
    `ethnicity` and `ethnic_group`. -#}
{% macro described_values() -%}
    described.birth_month,
    described.expected_birth_month,
    described.death_month,
    coalesce(described.sex_code, 'U') as sex_code,
    coalesce(sex.sex_label, 'Unknown') as sex_label,
    described.ethnicity_code,
    ethnicity.label as ethnicity_label,
    coalesce(ethnic_group.ethnic_group, 'Unknown') as ethnic_group,
    described.disability_codes,
    described.disability_codes <> 'NONE' as has_disability,
    described.upn_key
{%- endmacro %}
