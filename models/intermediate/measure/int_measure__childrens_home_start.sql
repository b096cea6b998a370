-- Every child who started a placement in a children's home, one row per child and year, and whether it was fostered
-- within the 12 months before. Of several starts in a year the last one counts.
with placement as (

    select *
    from {{ ref('fct_placement_spell') }}
    where not is_temporary

),

started as (

    select
        placement.la_code,
        placement.child_key,
        placement.placement_spell_key,
        placement.start_date,
        collection_year.collection_year,
        collection_year.period_end
    from placement
    inner join {{ ref('ref_collection_year') }} as collection_year
        on
            placement.start_date >= collection_year.period_start
            and placement.start_date <= collection_year.period_end
    where placement.first_placement_type_code = 'K2'

),

-- a foster placement of any period of care that ended in the 12 months to the day of the start, that day included
fostered_before as (

    select distinct started.placement_spell_key
    from started
    inner join placement as former
        on
            started.child_key = former.child_key
            and started.start_date >= former.end_date
            and cast(started.start_date - interval 12 month as date) < former.end_date
    inner join {{ ref('config_placement_group') }} as placement_group
        on former.placement_type_code = placement_group.code
    where placement_group.is_foster

),

by_child as (

    select
        started.la_code,
        started.child_key,
        started.collection_year,
        started.period_end,
        max(started.start_date) as start_date,
        max(case when fostered_before.placement_spell_key is null then 0 else 1 end) = 1 as was_fostered
    from started
    left join fostered_before on started.placement_spell_key = fostered_before.placement_spell_key
    group by started.la_code, started.child_key, started.collection_year, started.period_end

)

select
    by_child.la_code,
    by_child.child_key,
    by_child.collection_year,
    by_child.period_end,
    by_child.start_date,
    {{ age_band_cla('child.birth_month', 'by_child.start_date') }} as age_band_cla,
    by_child.was_fostered
from by_child
left join {{ ref('int_measure__child') }} as child
    on by_child.child_key = child.child_key and child.return_name = 'ssda903'
