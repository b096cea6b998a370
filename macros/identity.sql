{#- What identity needs beyond plain SQL; {engine} marks what another engine spells otherwise. -#}

{#- The values of a group as one text, in order, each once: 'AUT, LD'. {engine} -#}
{% macro ordered_list(value, separator=', ') -%}
    string_agg(distinct {{ value }}, '{{ separator }}' order by {{ value }})
{%- endmacro %}

{#- Calendar months from one first of a month to another, whichever comes first; null when one is not known. -#}
{% macro months_apart(one_month, other_month) -%}
    abs(
        (extract(year from {{ one_month }}) - extract(year from {{ other_month }})) * 12
        + extract(month from {{ one_month }}) - extract(month from {{ other_month }})
    )
{%- endmacro %}

{#- The attributes of one child or person, from rows of attribute, value and precedence. {engine} -#}
{% macro latest_values() -%}
    cast({{ latest_value('birth_month') }} as date) as birth_month,
        cast({{ latest_value('expected_birth_month') }} as date) as expected_birth_month,
        cast({{ latest_value('death_month') }} as date) as death_month,
        {{ latest_value('sex') }} as sex_code,
        {{ latest_value('ethnicity') }} as ethnicity_code,
        {{ latest_value('disability') }} as disability_codes,
        {{ latest_value('upn') }} as upn_key
{%- endmacro %}

{% macro latest_value(attribute) -%}
    max_by(value, precedence) filter (where attribute = '{{ attribute }}')
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

{#- 'after', 'after 2' …: the part of a key that parts what comes after an adoption from what was before. -#}
{% macro after_adoption(n_adoptions, words='after') -%}
    case when {{ n_adoptions }} > 1 then concat('{{ words }} ', cast({{ n_adoptions }} as varchar)) else '{{ words }}' end
{%- endmacro %}

{#- The key of a child in law: child_key, save in a further family of its authority and after each adoption. -#}
{% macro child_node_key(child_key, family, is_first_family, n_adoptions) -%}
    case
        when {{ is_first_family }} and {{ n_adoptions }} = 0 then {{ child_key }}
        else
            {{ surrogate_key([
                child_key, family, "case when " ~ n_adoptions ~ " = 0 then 'before' else " ~ after_adoption(n_adoptions) ~ " end"
            ]) }}
    end
{%- endmacro %}
