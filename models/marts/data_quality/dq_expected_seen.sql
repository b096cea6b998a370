-- one row per authority, return, year and table: what should have arrived beside what did, so that silence shows
with authority as (

    select * from {{ ref('ref_authority') }}

),

return_table as (

    select * from {{ ref('ref_return_table') }}

),

load_table as (

    select * from {{ source('ledger', 'load_table') }}

),

-- a file that told neither its return nor its authority nor its year has no place here; dq_finding has it
submission as (

    select * from {{ source('ledger', 'load') }}
    where return_name is not null and la_code is not null and collection_year is not null

),

-- a rejection counts as long as no later file of the same dataset has been taken
standing as (

    select
        submission.*,
        submission.status = 'rejected'
        and not exists (
            select 1
            from submission as taken
            where
                taken.status = 'accepted'
                and taken.return_name = submission.return_name
                and taken.la_code = submission.la_code
                and taken.collection_year = submission.collection_year
                and taken.table_name = coalesce(submission.table_name, taken.table_name)
                and taken.load_number > submission.load_number
        ) as is_rejected
    from submission

),

first_and_last as (

    select
        min(collection_year) as first_year,
        max(collection_year) as last_year
    from submission

),

year_seen as (

    select collection_year.collection_year
    from {{ ref('ref_collection_year') }} as collection_year
    inner join first_and_last
        on collection_year.collection_year between first_and_last.first_year and first_and_last.last_year

),

return_seen as (

    select distinct return_name from submission

),

expected as (

    select
        authority.la_code,
        return_table.return_name,
        year_seen.collection_year,
        return_table.table_name
    from authority
    cross join year_seen
    inner join return_table
        on year_seen.collection_year between return_table.first_year and coalesce(return_table.last_year, 9999)
    inner join return_seen on return_table.return_name = return_seen.return_name

),

-- every file under each table it holds; a refused file whose table is not known stands for all tables of its return
seen as (

    select
        standing.la_code,
        standing.return_name,
        standing.collection_year,
        return_table.table_name,
        count(case when standing.status = 'accepted' then 1 end) as n_accepted,
        count(case when standing.status = 'superseded' then 1 end) as n_superseded,
        count(case when standing.is_rejected then 1 end) as n_rejected,
        count(case when standing.status = 'withdrawn' then 1 end) as n_withdrawn,
        sum(case when standing.status = 'accepted' then coalesce(load_table.n_in_file, 0) end) as n_in_file,
        sum(case when standing.status = 'accepted' then coalesce(load_table.n_kept, 0) end) as n_kept,
        sum(case when standing.status = 'accepted' then coalesce(load_table.n_set_aside, 0) end) as n_set_aside,
        sum(case when standing.status = 'accepted' then coalesce(load_table.n_duplicate, 0) end) as n_duplicate
    from standing
    inner join return_table
        on
            standing.return_name = return_table.return_name
            and coalesce(standing.table_name, return_table.file_table_name) = return_table.file_table_name
    left join load_table
        on standing.load_id = load_table.load_id and return_table.table_name = load_table.table_name
    -- a table that its year does not know is there only when the file held rows of it
    where
        standing.collection_year between return_table.first_year and coalesce(return_table.last_year, 9999)
        or load_table.n_in_file > 0
    group by standing.la_code, standing.return_name, standing.collection_year, return_table.table_name

),

joined as (

    select
        coalesce(expected.la_code, seen.la_code) as la_code,
        coalesce(expected.return_name, seen.return_name) as return_name,
        coalesce(expected.collection_year, seen.collection_year) as collection_year,
        coalesce(expected.table_name, seen.table_name) as table_name,
        expected.la_code is not null as is_expected,
        case
            when seen.n_accepted > 0 and seen.n_in_file > 0 then 'arrived'
            when seen.n_accepted > 0 then 'sent empty'
            when seen.n_rejected > 0 then 'rejected'
            else 'not sent'
        end as status,
        seen.n_superseded,
        seen.n_rejected,
        seen.n_withdrawn,
        seen.n_in_file,
        seen.n_kept,
        seen.n_set_aside,
        seen.n_duplicate
    from expected
    full outer join seen
        on
            expected.la_code = seen.la_code
            and expected.return_name = seen.return_name
            and expected.collection_year = seen.collection_year
            and expected.table_name = seen.table_name

),

ruled as (

    select
        joined.*,
        case
            when joined.status = 'rejected' then 'file_rejected'
            -- without its one file an XML return is missing as a whole
            when
                joined.status = 'not sent'
                and (return_table.is_always_expected or return_table.file_table_name = 'all')
                then 'core_table_not_sent'
            when joined.status = 'not sent' then 'table_not_sent'
            when joined.status = 'sent empty' and return_table.is_always_expected then 'core_table_sent_empty'
            when joined.status = 'sent empty' then 'table_sent_empty'
        end as rule_code
    from joined
    inner join return_table
        on joined.return_name = return_table.return_name and joined.table_name = return_table.table_name

)

select
    ruled.la_code,
    ruled.return_name,
    ruled.collection_year,
    ruled.table_name,
    ruled.is_expected,
    ruled.status,
    coalesce(ruled.n_superseded, 0) as n_superseded,
    coalesce(ruled.n_rejected, 0) as n_rejected,
    coalesce(ruled.n_withdrawn, 0) as n_withdrawn,
    cast(ruled.n_in_file as bigint) as n_in_file,
    cast(ruled.n_kept as bigint) as n_kept,
    cast(ruled.n_set_aside as bigint) as n_set_aside,
    cast(ruled.n_duplicate as bigint) as n_duplicate,
    ruled.rule_code,
    rule.severity,
    rule.title,
    rule.remedy
from ruled
left join {{ ref('config_quality_rule') }} as rule on ruled.rule_code = rule.rule_code
order by ruled.la_code, ruled.return_name, ruled.collection_year, ruled.table_name
