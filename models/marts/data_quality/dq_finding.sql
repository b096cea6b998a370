-- one row per authority, return, year, rule, table and field: all that is wrong, and what to do
with submission as (

    select * from {{ source('ledger', 'load') }}

),

finding as (

    select * from {{ source('ledger', 'finding') }}

),

broken_rule as (

    select * from {{ ref('dq_cin_census__broken_rule') }}
    union all
    select * from {{ ref('dq_ssda903__broken_rule') }}

),

rule as (

    select
        rule_code,
        severity,
        title,
        remedy
    from {{ ref('config_finding_rule') }}

    union all

    select
        rule_code,
        severity,
        title,
        remedy
    from {{ ref('config_quality_rule') }}

),

-- what the loader noted in the files that count now
loader_finding as (

    select
        submission.la_code,
        submission.return_name,
        submission.collection_year,
        'loader' as source,
        finding.rule_code,
        finding.table_name,
        coalesce(finding.field, '') as field,
        finding.line_number,
        finding.detail,
        finding.n_occurrences,
        finding.load_id,
        finding.finding_number
    from finding
    inner join submission on finding.load_id = submission.load_id
    where submission.status = 'accepted'

),

-- a file that was refused, as long as no later file of the same return, table, authority and year has been taken
rejected_file as (

    select
        refused.la_code,
        refused.return_name,
        refused.collection_year,
        'loader' as source,
        refused.rule_code,
        refused.table_name,
        '' as field,
        cast(null as integer) as line_number,
        refused.reason as detail,
        1 as n_occurrences,
        refused.load_id,
        0 as finding_number
    from submission as refused
    where
        refused.status = 'rejected'
        and not exists (
            select 1
            from submission as taken
            where
                taken.status = 'accepted'
                and taken.return_name = refused.return_name
                and taken.la_code = refused.la_code
                and taken.collection_year = refused.collection_year
                and taken.table_name = coalesce(refused.table_name, taken.table_name)
                and taken.load_number > refused.load_number
        )

),

model_finding as (

    select
        la_code,
        return_name,
        collection_year,
        'model' as source,
        rule_code,
        table_name,
        field,
        line_number,
        cast(null as varchar) as detail,
        1 as n_occurrences,
        load_id,
        0 as finding_number
    from broken_rule

),

every_finding as (

    select * from loader_finding
    union all
    select * from rejected_file
    union all
    select * from model_finding

),

placed as (

    select
        *,
        row_number() over (
            partition by la_code, return_name, collection_year, source, rule_code, table_name, field
            order by line_number nulls last, finding_number, load_id
        ) as place
    from every_finding

)

select
    placed.la_code,
    placed.return_name,
    placed.collection_year,
    placed.source,
    placed.rule_code,
    rule.severity,
    placed.table_name,
    placed.field,
    cast(sum(placed.n_occurrences) as integer) as n_occurrences,
    min(placed.line_number) as first_line_number,
    -- the shape or the reason at the first place
    max(case when placed.place = 1 then placed.detail end) as detail,
    rule.title,
    rule.remedy
from placed
left join rule on placed.rule_code = rule.rule_code
group by
    placed.la_code,
    placed.return_name,
    placed.collection_year,
    placed.source,
    placed.rule_code,
    rule.severity,
    placed.table_name,
    placed.field,
    rule.title,
    rule.remedy
order by
    placed.la_code,
    placed.return_name,
    placed.collection_year,
    placed.source,
    placed.rule_code,
    placed.table_name,
    placed.field
