-- one row per table of every return: the layouts the loaders read, so that what to expect stands in one place
with laid_out as (

    select
        layout.table as table_name,
        layout.parent_table,
        layout.warn_when_empty,
        layout.first_year,
        layout.last_year,
        layout.file_path
    from {{ project_csv('loaders/specs/*/tables.csv') }} as layout

),

a_return as (

    select * from {{ project_csv('loaders/specs/returns.csv') }}

)

select
    a_return.return_name,
    a_return.title as return_title,
    laid_out.table_name,
    -- a file of an XML return holds every table; of a CSV return, one
    case when a_return.format = 'xml' then 'all' else laid_out.table_name end as file_table_name,
    try_cast(laid_out.first_year as integer) as first_year,
    try_cast(laid_out.last_year as integer) as last_year,
    -- no authority has nothing to say here: a file marked so in the layout, and the top of an XML return
    case
        when a_return.format = 'xml' then coalesce(laid_out.parent_table, 'header') = 'header'
        else coalesce(laid_out.warn_when_empty = 'true', false)
    end as is_always_expected
from laid_out
inner join a_return
    on laid_out.file_path = 'loaders/specs/' || a_return.return_name || '/tables.csv'
order by a_return.return_name, laid_out.table_name
