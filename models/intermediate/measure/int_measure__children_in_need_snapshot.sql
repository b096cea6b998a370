-- One row per state, child and counting day: who was in need, on a child protection or child in need plan, or in
-- pre-proceedings.
with spell as (

    select
        'child_in_need' as state,
        referral_spell_key as spell_key,
        child_key,
        person_key,
        la_code,
        start_date,
        end_effective_date
    from {{ ref('fct_referral_spell') }}
    where not coalesce(is_no_further_action, false)

    union all

    select
        'child_protection_plan' as state,
        child_protection_plan_spell_key as spell_key,
        child_key,
        person_key,
        la_code,
        start_date,
        end_effective_date
    from {{ ref('fct_child_protection_plan_spell') }}

    union all

    select
        'child_in_need_plan' as state,
        cin_plan_spell_key as spell_key,
        child_key,
        person_key,
        la_code,
        start_date,
        end_effective_date
    from {{ ref('fct_cin_plan_spell') }}

    union all

    select
        'pre_proceedings' as state,
        pre_proceedings_spell_key as spell_key,
        child_key,
        person_key,
        la_code,
        start_date,
        end_effective_date
    from {{ ref('int_measure__pre_proceedings') }}

),

snapshot as (

    select
        la_code,
        collection_year,
        period_end
    from {{ ref('int_measure__period') }}
    where dataset = 'cin_census' and period_type = 'snapshot'

),

-- timelines.md 3: a child with two open spells of one kind counts once, with the spell of the latest start
open_child as (

    select
        spell.state,
        spell.spell_key,
        spell.child_key,
        spell.person_key,
        spell.la_code,
        spell.start_date,
        snapshot.collection_year,
        snapshot.period_end,
        {{ days_between('spell.start_date', 'snapshot.period_end') }} as days_open
    from spell
    inner join snapshot
        on
            spell.la_code = snapshot.la_code
            and {{ is_open_at('spell.start_date', 'spell.end_effective_date', 'snapshot.period_end') }}
    qualify
        row_number() over (
            partition by spell.state, spell.child_key, snapshot.period_end
            order by spell.start_date desc, spell.spell_key asc
        ) = 1

)

select
    open_child.state,
    open_child.child_key,
    open_child.person_key,
    open_child.la_code,
    open_child.period_end,
    open_child.collection_year,
    open_child.spell_key,
    open_child.start_date,
    open_child.days_open,
    {{ age_bands_of_child_in_need('child', 'open_child.period_end') }},
    coalesce(child.sex, 'U') as sex,
    child.ethnicity_code,
    coalesce(child.ethnic_group, 'Unknown') as ethnic_group,
    coalesce(disability.disability, 'unknown') as disability
from open_child
left join {{ ref('int_measure__child') }} as child
    on open_child.child_key = child.child_key and child.return_name = 'cin_census'
left join {{ ref('int_measure__child_disability') }} as disability
    on open_child.child_key = disability.child_key and open_child.collection_year = disability.collection_year
{{ join_age_bands_of_child_in_need('child', 'open_child.period_end') }}
