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
