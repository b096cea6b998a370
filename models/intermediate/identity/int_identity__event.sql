{#- return, model, kind, date, start of the row, reason: in the census a row goes with the referral it hangs under -#}
{%- set events = [
    ('cin_census', 'int_timeline_cin_census__referral_version', 'referral', 'referral_date', 'referral_date', none),
    ('cin_census', 'int_timeline_cin_census__referral_version', 'referral_closed', 'closure_date', 'referral_date', 'reason_for_closure_code'),
    ('cin_census', 'int_timeline_cin_census__referral_version', 'conference', 'conference_date', 'referral_date', none),
    ('cin_census', 'int_timeline_cin_census__assessment_version', 'assessment_start', 'assessment_start_date', 'referral_date', none),
    ('cin_census', 'int_timeline_cin_census__assessment_version', 'assessment_authorised', 'authorisation_date', 'referral_date', none),
    ('cin_census', 'int_timeline_cin_census__section_47_version', 'section_47_start', 'section_47_start_date', 'referral_date', none),
    ('cin_census', 'int_timeline_cin_census__section_47_version', 'conference', 'conference_date', 'referral_date', none),
    ('cin_census', 'int_timeline_cin_census__cin_plan_version', 'cin_plan_start', 'cin_plan_start_date', 'referral_date', none),
    ('cin_census', 'int_timeline_cin_census__cin_plan_version', 'cin_plan_end', 'cin_plan_end_date', 'referral_date', none),
    ('cin_census', 'int_timeline_cin_census__child_protection_plan_version', 'child_protection_plan_start',
        'child_protection_plan_start_date', 'referral_date', none),
    ('cin_census', 'int_timeline_cin_census__child_protection_plan_version', 'child_protection_plan_end',
        'child_protection_plan_end_date', 'referral_date', none),
    ('ssda903', 'int_timeline_ssda903__episode_row', 'episode_start', 'episode_start_date', 'episode_start_date', 'reason_new_episode_code'),
    ('ssda903', 'int_timeline_ssda903__episode_row', 'episode_end', 'episode_end_date', 'episode_start_date', 'reason_episode_ceased_code'),
    ('ssda903', 'int_ssda903__current_review', 'looked_after_review', 'review_date', 'review_date', none),
    ('ssda903', 'int_timeline_ssda903__missing_version', 'missing_start', 'missing_start_date', 'missing_start_date', none),
    ('ssda903', 'int_timeline_ssda903__missing_version', 'missing_end', 'missing_end_date', 'missing_start_date', none),
    ('ssda903', 'int_ssda903__current_uasc', 'uasc_end', 'uasc_status_ceased_date', 'uasc_status_ceased_date', none),
    ('ssda903', 'int_ssda903__current_placed_for_adoption', 'adoption_decision',
        'placement_decision_date', 'placement_decision_date', none),
    ('ssda903', 'int_ssda903__current_ad1', 'adoption_match', 'matched_date', 'matched_date', none),
    ('ssda903', 'int_ssda903__current_oc3', 'care_leaver_status', 'reference_date', 'reference_date', none),
] -%}
-- Every dated thing a return tells of a child, with the return that tells it and the side of an adoption it lies on.
with family as (

    select * from {{ ref('int_identity__case_number_family') }}

),

adoption as (

    select * from {{ ref('int_identity__adoption') }}

),

dated as (

    {% for return_name, model, kind, date, row_start, reason_code in events %}
        select
            '{{ return_name }}' as return_name,
            child_key,
            la_code,
            collection_year,
            reference_date,
            '{{ kind }}' as event_kind,
            {{ date }} as event_date,
            {{ row_start }} as row_start_date,
            {{ reason_code or 'cast(null as varchar)' }} as reason_code
        from {{ ref(model) }}
        union all
    {% endfor %}
    select
        'cin_census' as return_name,
        review.child_key,
        review.la_code,
        review.collection_year,
        review.reference_date,
        'child_protection_review' as event_kind,
        review.review_date as event_date,
        plan.referral_date as row_start_date,
        cast(null as varchar) as reason_code
    from {{ ref('int_cin_census__current_review') }} as review
    inner join {{ ref('int_timeline_cin_census__child_protection_plan_version') }} as plan
        on review.child_protection_plan_key = plan.child_protection_plan_key

),

placed as (

    select
        dated.return_name,
        dated.child_key,
        dated.la_code,
        dated.collection_year,
        family.family,
        family.is_first_family,
        dated.event_kind,
        dated.event_date,
        dated.reason_code,
        coalesce(adoption.adoption_number, 0) as n_adoptions
    from dated
    inner join family
        on
            dated.return_name = family.return_name
            and dated.la_code = family.la_code
            and dated.collection_year = family.collection_year
    left join adoption
        on
            dated.child_key = adoption.child_key
            and family.family = adoption.family
            and dated.row_start_date > adoption.adoption_date
            and dated.row_start_date <= coalesce(adoption.next_adoption_date, date '9999-12-31')
    -- a day after the reference date had not come when the return was made: it tells nothing
    where dated.event_date <= dated.reference_date

)

select
    {{ child_node_key('child_key', 'family', 'is_first_family', 'n_adoptions') }} as child_node_key,
    return_name,
    child_key,
    la_code,
    collection_year,
    family,
    n_adoptions,
    event_kind,
    event_date,
    reason_code
from placed
