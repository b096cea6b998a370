-- One row per child protection plan and day of a review conference: each return holds those of its year.
with review as (

    select * from {{ ref('int_cin_census__current_review') }}
    where review_date is not null

),

plan_version as (

    select * from {{ ref('int_timeline_cin_census__child_protection_plan_version') }}

),

spell as (

    select
        plan_version.spell_key as child_protection_plan_spell_key,
        review.child_key,
        review.la_code,
        review.review_date,
        max(plan_version.referral_date) as referral_date,
        min(review.collection_year) as first_return_year,
        max(review.collection_year) as last_return_year
    from review
    inner join plan_version on review.child_protection_plan_key = plan_version.child_protection_plan_key
    group by plan_version.spell_key, review.child_key, review.la_code, review.review_date

)

select
    {{ surrogate_key(["'review'", 'spell.child_protection_plan_spell_key', 'spell.review_date']) }}
        as child_protection_plan_review_key,
    spell.child_protection_plan_spell_key,
    spell.child_key,
    {{ person_key() }} as person_key,
    spell.la_code,
    spell.review_date,
    spell.first_return_year,
    spell.last_return_year
from spell
{{ join_person("'cin_census'", 'spell.referral_date') }}
