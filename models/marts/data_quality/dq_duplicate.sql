-- one row per authority, return, year and table that held something twice: equal rows, and different rows with one key
with submission as (

    select * from {{ ref('int_submission__current') }}

),

load_table as (

    select * from {{ source('ledger', 'load_table') }}

),

same_key as (

    select * from {{ ref('dq_finding') }}
    where source = 'model' and rule_code = 'same_key_twice'

),

rule as (

    select * from {{ ref('config_quality_rule') }}
    where rule_code = 'same_key_twice'

),

counted as (

    select
        submission.la_code,
        submission.return_name,
        submission.collection_year,
        load_table.table_name,
        load_table.n_in_file,
        load_table.n_duplicate as n_equal_rows,
        coalesce(same_key.n_occurrences, 0) as n_same_key,
        same_key.first_line_number
    from load_table
    inner join submission on load_table.load_id = submission.load_id
    left join same_key
        on
            submission.la_code = same_key.la_code
            and submission.return_name = same_key.return_name
            and submission.collection_year = same_key.collection_year
            and load_table.table_name = same_key.table_name

)

select
    counted.la_code,
    counted.return_name,
    counted.collection_year,
    counted.table_name,
    counted.n_in_file,
    counted.n_equal_rows,
    counted.n_same_key,
    counted.first_line_number,
    case when counted.n_same_key > 0 then rule.severity else 'note' end as severity,
    case
        when counted.n_same_key > 0 then rule.remedy
        else 'Nothing to do: one of the equal rows was kept.'
    end as remedy
from counted
cross join rule
where counted.n_equal_rows > 0 or counted.n_same_key > 0
