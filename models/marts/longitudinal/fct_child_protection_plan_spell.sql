-- One row per child protection plan of a child, joined over all returns that hold it: timelines.md 3.
with review as (

    select
        child_protection_plan_spell_key,
        cast(count(*) as integer) as n_reviews,
        min(review_date) as first_review_date,
        max(review_date) as last_review_date
    from {{ ref('fct_child_protection_plan_review') }}
    group by child_protection_plan_spell_key

),

{{ spells_with_end('int_timeline_cin_census__child_protection_plan_version', 'cpp_end_date') }}

select
    spell.spell_key as child_protection_plan_spell_key,
    spell.child_key,
    {{ person_key() }} as person_key,
    spell.la_code,
    spell.referral_spell_key,
    {{ spell_dates() }},
    spell.initial_category_code,
    spell.initial_category_label,
    spell.latest_category_code,
    spell.latest_category_label,
    spell.n_previous_plans,
    coalesce(review.n_reviews, 0) as n_reviews,
    review.first_review_date,
    review.last_review_date,
    {{ is_overlapping() }} as is_overlapping,
    {{ spell_returns() }}
from spell
left join review on spell.spell_key = review.child_protection_plan_spell_key
{{ join_person("'cin_census'", 'spell.referral_date') }}
