{#-
    numerator / denominator as DECIMAL(18, 6), rounded half up, null when the denominator is null or 0.
    Both must be whole numbers, not negative. Integers all the way: sums and quotients of doubles may differ in their
    last bits from one build to the next, and exports must not.
-#}
{% macro exact_ratio(numerator, denominator) -%}
    cast(
        cast(
            (2000000 * cast({{ numerator }} as bigint) + cast({{ denominator }} as bigint))
            // (2 * nullif(cast({{ denominator }} as bigint), 0))
            as decimal(18, 0)
        ) * cast(0.000001 as decimal(7, 6))
        as decimal(18, 6)
    )
{%- endmacro %}
