-- one row per authority, return, year, table and field that held something else than it may: emptied at loading
with finding as (

    select * from {{ ref('dq_finding') }}
    where source = 'loader' and rule_code = 'unreadable_value'

),

submission as (

    select * from {{ ref('int_submission__current') }}

),

load_table as (

    select * from {{ source('ledger', 'load_table') }}

),

row_count as (

    select
        submission.la_code,
        submission.return_name,
        submission.collection_year,
        load_table.table_name,
        load_table.n_kept
    from load_table
    inner join submission on load_table.load_id = submission.load_id

)

select
    finding.la_code,
    finding.return_name,
    finding.collection_year,
    finding.table_name,
    finding.field,
    finding.n_occurrences as n_unreadable,
    row_count.n_kept as n_rows,
    {{ exact_ratio('100 * finding.n_occurrences', 'row_count.n_kept') }} as unreadable_percent,
    finding.first_line_number,
    finding.detail,
    finding.severity,
    finding.remedy
from finding
left join row_count
    on
        finding.la_code = row_count.la_code
        and finding.return_name = row_count.return_name
        and finding.collection_year = row_count.collection_year
        and finding.table_name = row_count.table_name
