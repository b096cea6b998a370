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

{#- The attributes of one child or person, from rows of attribute, value and precedence; `order`: of what the value that
    stands has most. {engine} -#}
{% macro latest_values(order='precedence') -%}
    cast({{ latest_value('birth_month', order) }} as date) as birth_month,
        cast({{ latest_value('expected_birth_month', order) }} as date) as expected_birth_month,
        cast({{ latest_value('death_month', order) }} as date) as death_month,
        {{ latest_value('sex', order) }} as sex_code,
        {{ latest_value('ethnicity', order) }} as ethnicity_code,
        {{ latest_value('disability', order) }} as disability_codes,
        {{ latest_value('upn', order) }} as upn_key
{%- endmacro %}

{% macro latest_value(attribute, order='precedence') -%}
    max_by(value, {{ order }}) filter (where attribute = '{{ attribute }}')
{%- endmacro %}

{#- CTEs that end with `history`: which value of an attribute held when, a row per key, attribute and run of years with
    one value. `told`: a relation of the key, attribute, value, is_known, precedence, return_name, collection_year and
    reference_date. Of two returns of one year the later stands; of two values told at once the greater, so that no order
    of rows decides. -#}
{% macro attribute_history(told, key) -%}
-- one value per year: the later return's; "not known" only until something is known
yearly as (

    select
        told.*,
        max(case when told.is_known then 1 else 0 end) over (
            partition by told.{{ key }}, told.attribute
            order by told.reference_date
            range between unbounded preceding and current row
        ) as is_known_by_then
    from {{ told }} as told
    qualify
        row_number() over (
            partition by told.{{ key }}, told.attribute, told.reference_date
            order by told.precedence desc, told.value desc
        ) = 1

),

changed as (

    select
        yearly.*,
        case when yearly.value = lag(yearly.value) over of_attribute then 0 else 1 end as is_change
    from yearly
    where yearly.is_known or yearly.is_known_by_then = 0
    window of_attribute as (partition by yearly.{{ key }}, yearly.attribute order by yearly.reference_date)

),

numbered as (

    select
        changed.*,
        sum(changed.is_change) over (
            partition by changed.{{ key }}, changed.attribute
            order by changed.reference_date
            rows between unbounded preceding and current row
        ) as run_number
    from changed

),

run as (

    select
        {{ key }},
        attribute,
        run_number,
        min(value) as value,
        min(case when is_change = 1 then return_name end) as from_return_name,
        min(collection_year) as from_return_year,
        max(collection_year) as last_return_year,
        -- the return of a year speaks of that year: it holds from the first day of it
        min(reference_date) - interval 1 year + interval 1 day as first_date
    from numbered
    group by {{ key }}, attribute, run_number

),

history as (

    select
        {{ key }},
        attribute,
        value,
        -- what the first return tells was so before it, as far as anyone knows; what the last tells is so still
        case when run_number > 1 then cast(first_date as date) end as valid_from_date,
        cast(
            lead(first_date) over (partition by {{ key }}, attribute order by run_number) - interval 1 day as date
        ) as valid_to_date,
        from_return_name,
        from_return_year,
        last_return_year
    from run

)
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
