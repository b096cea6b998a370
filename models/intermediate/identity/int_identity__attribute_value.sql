{{ config(materialized='view') }}
-- What each return says of each attribute of a child: one row per child, attribute and return that says something.
with record as (

    select * from {{ ref('int_identity__record') }}

),

told as (

    {% for attribute, value in [
        ('birth_month', 'cast(birth_month as varchar)'),
        ('expected_birth_month', 'cast(expected_birth_month as varchar)'),
        ('death_month', 'cast(death_month as varchar)'),
        ('sex', 'sex_code'),
        ('ethnicity', 'ethnicity_code'),
        ('disability', 'disability_codes'),
        ('upn', 'upn_key'),
        ('former_upn', 'former_upn_key'),
    ] -%}
        select
            child_node_key,
            return_name,
            collection_year,
            reference_date,
            told_order,
            '{{ attribute }}' as attribute,
            {{ value }} as value
        from record
        where {{ value }} is not null
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}

)

select
    told.*,
    -- REFU, NOBT, U and 0 say that nothing is known (timelines.md 3)
    unknown.value is null as is_known,
    -- the greatest stands: what is known before what is not, then the later return
    case when unknown.value is null then told.told_order else told.told_order - 1000000 end as precedence
from told
left join {{ ref('config_unknown_value') }} as unknown
    on told.attribute = unknown.attribute and told.value = unknown.value
