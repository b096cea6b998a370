-- What the returns disagree about, over years and returns: one row per change of a spell or of an attribute of a child.
with spell_conflict as (

    select * from {{ ref('int_timeline__spell_conflict') }}

),

attribute_conflict as (

    select * from {{ ref('int_identity__attribute_conflict') }}

),

together as (

    select
        child_key,
        person_key,
        la_code,
        spell_kind as subject,
        spell_key,
        attribute,
        old_value,
        new_value,
        from_return_year,
        to_return_year,
        from_return_name,
        to_return_name,
        rule_code
    from spell_conflict

    union all

    select
        child_key,
        person_key,
        la_code,
        'child' as subject,
        cast(null as varchar) as spell_key,
        attribute,
        old_value,
        new_value,
        from_return_year,
        to_return_year,
        from_return_name,
        to_return_name,
        rule_code
    from attribute_conflict

)

select
    {{ surrogate_key([
        'together.child_key', 'together.person_key', 'together.subject', 'together.spell_key', 'together.attribute',
        'together.old_value', 'together.new_value', 'together.from_return_year', 'together.to_return_year',
        'together.from_return_name', 'together.to_return_name', 'together.rule_code'
    ]) }} as conflict_key,
    together.*
from together
