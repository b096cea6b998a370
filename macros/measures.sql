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
    The age band of a child at a date, by a set of config_age_band: unknown without a birth month, null for an age outside
    all bands of the set. A look-up for each row: where there are millions, join_age_band takes half the time and memory.
-#}
{% macro age_band_at(band_set, birth_month, date) -%}
    case
        when {{ birth_month }} is null then 'unknown'
        else (
            select max(age.age_band)
            from {{ ref('ref_age_band') }} as age
            where age.age_band_set = '{{ band_set }}' and age.age = {{ age_at(birth_month, date) }}
        )
    end
{%- endmacro %}

{#- The join that gives <set>_age.age_band: null without a birth month, before it and outside all bands of the set. -#}
{% macro join_age_band(band_set, birth_month, date) -%}
    left join {{ ref('ref_age_band') }} as {{ band_set }}_age
        on
            {{ band_set }}_age.age_band_set = '{{ band_set }}'
            and {{ age_at(birth_month, date) }} = {{ band_set }}_age.age
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
    The bands come from join_age_bands_of_child_in_need, which takes the same.
-#}
{% macro age_bands_of_child_in_need(child, date) -%}
    case
        when {{ child }}.birth_month is null and {{ child }}.expected_birth_month is not null then 'unborn'
        when {{ child }}.birth_month is null then 'unknown'
        when {{ child }}.birth_month > {{ date }} then 'unborn'
        else cin_age.age_band
    end as age_band_cin,
    coalesce(adolescent_age.age_band, 'other') as age_band_adolescent
{%- endmacro %}

{% macro join_age_bands_of_child_in_need(child, date) -%}
    {{ join_age_band('cin', child ~ '.birth_month', date) }}
    {{ join_age_band('adolescent', child ~ '.birth_month', date) }}
{%- endmacro %}
