-- The years in which each stage can be counted in an authority: those whose datasets, by the catalogue, have all
-- arrived.
with stage as (

    select * from {{ ref('config_rri_stage') }}

),

-- without its file nobody can tell who is an unaccompanied asylum seeker
uasc_period as (

    select
        la_code,
        collection_year
    from {{ ref('int_measure__period') }}
    where dataset = 'ssda903.uasc' and period_type = 'year'

)

select distinct
    stage.stage,
    stage.mode,
    cell.la_code,
    cell.collection_year,
    cell.period_start,
    cell.period_end,
    cell.n_years_before,
    -- the last day of the years sent without a gap: what happened after it nobody can tell
    max(cell.period_end) over (
        partition by stage.stage, stage.mode, cell.la_code, cell.collection_year - cell.n_years_before
    ) as observed_until_date
from stage
inner join {{ ref('int_measure__cell') }} as cell on stage.metric_id = cell.metric_id
left join uasc_period on cell.la_code = uasc_period.la_code and cell.collection_year = uasc_period.collection_year
where
    cell.period_type = 'year'
    and (not stage.leaves_out_uasc or uasc_period.la_code is not null)
