{{ config(materialized='view') }}
-- The counts of every subject, authority by authority: what London and its sub-regions are the sums of.
select * from {{ ref('agg_authority_period__assessment_factor') }}
union all
select * from {{ ref('agg_authority_period__referral') }}
union all
select * from {{ ref('agg_authority_period__assessment') }}
union all
select * from {{ ref('agg_authority_period__section_47') }}
union all
select * from {{ ref('agg_authority_period__child_in_need') }}
union all
select * from {{ ref('agg_authority_period__child_protection_plan') }}
union all
select * from {{ ref('agg_authority_period__pre_proceedings') }}
union all
select * from {{ ref('agg_authority_period__looked_after') }}
union all
select * from {{ ref('agg_authority_period__entering_care') }}
union all
select * from {{ ref('agg_authority_period__leaving_care') }}
union all
select * from {{ ref('agg_authority_period__placement_stability') }}
union all
select * from {{ ref('agg_authority_period__care_planning') }}
union all
select * from {{ ref('agg_authority_period__adoption') }}
union all
select * from {{ ref('agg_authority_period__health') }}
union all
select * from {{ ref('agg_authority_period__missing') }}
union all
select * from {{ ref('agg_authority_period__unaccompanied') }}
union all
select * from {{ ref('agg_authority_period__placement_mix') }}
union all
select * from {{ ref('agg_authority_period__placement_place') }}
union all
select * from {{ ref('agg_authority_period__placement_move') }}
union all
select * from {{ ref('agg_authority_period__demand_forecast') }}
union all
select * from {{ ref('agg_authority_period__care_leaver') }}
union all
select * from {{ ref('agg_authority_period__care_leaver_snapshot') }}
union all
select * from {{ ref('agg_authority_period__ethnicity_unknown') }}
union all
select * from {{ ref('agg_authority_period__rate') }}
