-- one row per authority, return, year, table and rule: rows that hang under nothing, or that nothing hangs under
with finding as (

    select * from {{ ref('dq_finding') }}
    where source = 'model'

),

rule as (

    select * from {{ ref('config_quality_rule') }}
    where kind = 'orphan'

)

select
    finding.la_code,
    finding.return_name,
    finding.collection_year,
    finding.table_name,
    finding.rule_code,
    finding.n_occurrences as n_orphans,
    finding.first_line_number,
    finding.severity,
    finding.title,
    finding.remedy
from finding
inner join rule on finding.rule_code = rule.rule_code
