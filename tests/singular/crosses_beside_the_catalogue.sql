-- What: fct_measure has rows by two breakdowns together that no words of the catalogue ask for.
-- When it matters: always; each breakdown is given alone, and a cross is many cells more to compute and to protect.
-- How to resolve: leave the cross out in the model that makes it or, where the catalogue writes it, say so below.
with crossed as (

    select distinct
        metric_id,
        breakdown,
        split_part(breakdown, ';', 1) as first_part,
        len(string_split(breakdown, ';')) as n_parts
    from {{ ref('fct_measure') }}
    where breakdown like '%;%'

),

-- a share by band is nothing without its band, nor an index without its ethnic group, a pair without both its factors
-- or a flow without both its ends
asked as (

    select
        metric_id,
        breakdown as first_part
    from {{ ref('config_measure_band') }}

    union all

    select
        metric_id,
        'ethnic_group' as first_part
    from {{ ref('config_rri_stage') }}

    union all

    select
        written.metric_id,
        written.first_part
    from (
        values
        ('factor_code_pct', 'factor'),
        ('factor_cooccurrence_lift', 'factor_a'),
        ('placement_flow_matrix_count', 'responsible_la'),
        ('other_la_children_in_area_homes_count', 'placement_la')
    ) as written (metric_id, first_part)

)

select
    crossed.metric_id,
    crossed.breakdown
from crossed
left join asked on crossed.metric_id = asked.metric_id and crossed.first_part = asked.first_part
where asked.metric_id is null or crossed.n_parts > 2
