{#- files of the SSDA903 beside the header that tell a birth month, and the sex where they tell it -#}
{%- set other_files = [
    ('stg_ssda903__uasc', 'sex_code'),
    ('stg_ssda903__oc2', none),
    ('stg_ssda903__oc3', none),
    ('stg_ssda903__ad1', none),
    ('stg_ssda903__previous_permanence', none),
    ('stg_ssda903__placed_for_adoption', none),
    ('stg_ssda903__review', none),
    ('stg_ssda903__missing', none),
    ('stg_ssda903__social_worker', none),
    ('stg_ssda903__dolo', none),
] -%}
-- What each return of each year says of a child: one row per return, child and year, on its side of an adoption.
with submission as (

    select * from {{ ref('int_submission__current') }}

),

family as (

    select * from {{ ref('int_identity__case_number_family') }}

),

adoption as (

    select * from {{ ref('int_identity__adoption') }}

),

disability as (

    select
        child_year_key,
        {{ ordered_list('disability_code') }} as disability_codes
    from {{ ref('int_cin_census__current_child_disability') }}
    where disability_label is not null
    group by child_year_key

),

cin_census as (

    select
        'cin_census' as return_name,
        child.child_key,
        child.la_code,
        child.collection_year,
        child.reference_date,
        child.upn_key,
        child.former_upn_key,
        child.birth_month,
        child.expected_birth_month,
        child.death_month,
        child.sex_code,
        case when child.ethnicity_label is not null then child.ethnicity_code end as ethnicity_code,
        disability.disability_codes
    from {{ ref('int_cin_census__current_child') }} as child
    left join disability on child.child_year_key = disability.child_year_key

),

header as (

    select * from {{ ref('int_ssda903__current_header') }}

),

-- a child may stand in another file without its row in the header, and still be a child
elsewhere_in_ssda903 as (

    select
        other_file.child_key,
        submission.la_code,
        submission.collection_year,
        submission.reference_date,
        min(other_file.birth_month) as birth_month,
        min(other_file.sex_code) as sex_code
    from (
        {% for model, sex_code in other_files %}
            select
                load_id,
                child_key,
                birth_month,
                {{ sex_code or 'cast(null as varchar)' }} as sex_code
            from {{ ref(model) }}
            union all
        {% endfor %}
        select
            load_id,
            child_key,
            cast(null as date) as birth_month,
            cast(null as varchar) as sex_code
        from {{ ref('int_timeline_ssda903__episode_row') }}
    ) as other_file
    inner join submission on other_file.load_id = submission.load_id
    group by other_file.child_key, submission.la_code, submission.collection_year, submission.reference_date

),

ssda903 as (

    select
        'ssda903' as return_name,
        coalesce(header.child_key, elsewhere.child_key) as child_key,
        coalesce(header.la_code, elsewhere.la_code) as la_code,
        coalesce(header.collection_year, elsewhere.collection_year) as collection_year,
        coalesce(header.reference_date, elsewhere.reference_date) as reference_date,
        header.upn_key,
        cast(null as varchar) as former_upn_key,
        -- the header decides; the other files fill its gaps
        coalesce(header.birth_month, elsewhere.birth_month) as birth_month,
        cast(null as date) as expected_birth_month,
        cast(null as date) as death_month,
        coalesce(header.sex_code, elsewhere.sex_code) as sex_code,
        case when header.ethnicity_label is not null then header.ethnicity_code end as ethnicity_code,
        cast(null as varchar) as disability_codes
    from header
    full outer join elsewhere_in_ssda903 as elsewhere
        on header.child_key = elsewhere.child_key and header.collection_year = elsewhere.collection_year

),

told as (

    select * from cin_census
    union all
    select * from ssda903

),

-- only the years of adopted children can have two sides: such a year speaks of the child before
event as (

    select
        event.return_name,
        event.child_key,
        event.collection_year,
        min(event.n_adoptions) as n_adoptions
    from {{ ref('int_identity__event') }} as event
    where event.child_key in (select adoption.child_key from adoption)
    group by event.return_name, event.child_key, event.collection_year

),

placed as (

    select
        told.*,
        family.family,
        family.is_first_family,
        family.told_order,
        -- a year without a dated event goes by its first day
        coalesce(event.n_adoptions, adoption.adoption_number, 0) as n_adoptions
    from told
    inner join family
        on
            told.return_name = family.return_name
            and told.la_code = family.la_code
            and told.collection_year = family.collection_year
    left join adoption
        on
            told.child_key = adoption.child_key
            and family.family = adoption.family
            and told.reference_date - interval 1 year >= adoption.adoption_date
            and told.reference_date - interval 1 year < coalesce(adoption.next_adoption_date, date '9999-12-31')
    left join event
        on
            told.return_name = event.return_name
            and told.child_key = event.child_key
            and told.collection_year = event.collection_year

)

select
    {{ child_node_key('child_key', 'family', 'is_first_family', 'n_adoptions') }} as child_node_key,
    return_name,
    child_key,
    la_code,
    collection_year,
    reference_date,
    told_order,
    family,
    n_adoptions,
    upn_key,
    former_upn_key,
    birth_month,
    expected_birth_month,
    death_month,
    sex_code,
    ethnicity_code,
    disability_codes
from placed
