-- The care that a care leaver may qualify by: one row per period of care and short break of a person.
with spell as (

    select
        care_period_key as spell_key,
        person_key,
        child_key,
        la_code,
        start_date,
        end_date,
        end_effective_date,
        leaving_care_group,
        true as is_care
    from {{ ref('fct_care_period') }}

    union all

    -- short breaks (V3, V4) are no care; they are here so that a young person with nothing else has a row to say so
    select
        short_break_spell_key as spell_key,
        person_key,
        child_key,
        la_code,
        start_date,
        end_date,
        end_effective_date,
        cast(null as varchar) as leaving_care_group,
        false as is_care
    from {{ ref('fct_short_break_spell') }}

)

select
    spell.spell_key,
    spell.person_key,
    spell.child_key,
    spell.la_code,
    spell.start_date,
    spell.end_date,
    spell.end_effective_date,
    spell.leaving_care_group,
    spell.is_care,
    -- A night counts once where two authorities hold a person on it: from the end of all care that began before.
    case
        when spell.is_care
            then greatest(
                spell.start_date,
                coalesce(
                    max(case when spell.is_care then coalesce(spell.end_date, date '9999-12-31') end) over (
                        partition by spell.person_key
                        order by spell.start_date, spell.spell_key
                        rows between unbounded preceding and 1 preceding
                    ),
                    spell.start_date
                )
            )
    end as counted_from_date
from spell
