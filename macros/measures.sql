{#- Steps that every model of measures takes. -#}

{#-
    The rows of a relation once under `total` and once under each named column, as breakdown and breakdown_value: the
    values of a breakdown sum to the total, since a value that is not known counts as `unknown`.
-#}
{% macro by_breakdown(relation, columns) -%}
    select
        {{ relation }}.*,
        'total' as breakdown,
        'total' as breakdown_value
    from {{ relation }}
    {% for column in columns -%}
        union all

        select
            {{ relation }}.*,
            '{{ column }}' as breakdown,
            coalesce(cast({{ relation }}.{{ column }} as varchar), 'unknown') as breakdown_value
        from {{ relation }}
    {% endfor %}
{%- endmacro %}

{#-
    The age band of a child at a date, by a set of config_age_band: unknown without a birth month, unborn (set cin only)
    before it; null for an age outside all bands of the set.
-#}
{% macro age_band_at(band_set, birth_month, date) -%}
    case
        when {{ birth_month }} is null then 'unknown'
        {% if band_set == 'cin' -%}
    when {{ birth_month }} > {{ date }} then 'unborn'
        {% endif -%}
        else (
            select max(age.age_band)
            from {{ ref('ref_age_band') }} as age
            where age.age_band_set = '{{ band_set }}' and age.age = {{ age_at(birth_month, date) }}
        )
    end
{%- endmacro %}

{#-
    The age band of a looked-after child at a date. Children leave care on their 18th birthday, so the bands of those
    who leave go on to 18+; in a count of children in care it should stay empty.
-#}
{% macro age_band_cla(birth_month, date) -%}
    case
        when {{ age_at(birth_month, date) }} >= 18 then '18+'
        else coalesce({{ age_band_at('cla', birth_month, date) }}, 'unknown')
    end
{%- endmacro %}

{#- The age band of an adolescent at a date; `other` for every other age and without a birth month. -#}
{% macro age_band_adolescent(birth_month, date) -%}
    coalesce(nullif({{ age_band_at('adolescent', birth_month, date) }}, 'unknown'), 'other')
{%- endmacro %}

{#-
    The age bands of a row of int_measure__child at a date, as the columns age_band_cin and age_band_adolescent. A child
    of whom only an expected birth was ever told is unborn. Ages outside 10 to 17, and unknown ones, are `other`.
-#}
{% macro age_bands_of_child_in_need(child, date) -%}
    case
        when {{ child }}.birth_month is null and {{ child }}.expected_birth_month is not null then 'unborn'
        else {{ age_band_at('cin', child ~ '.birth_month', date) }}
    end as age_band_cin,
    {{ age_band_adolescent(child ~ '.birth_month', date) }} as age_band_adolescent
{%- endmacro %}
