-- one row per authority and statistical neighbour: whom its values are held against
with neighbour as (

    select * from {{ ref('ref_statistical_neighbour') }}

),

authority as (

    select la_code from {{ ref('ref_authority') }}

)

select
    neighbour.la_code,
    neighbour.neighbour_rank,
    neighbour.neighbour_la_code,
    neighbour.neighbour_la_name,
    neighbour.closeness,
    neighbour.model_year,
    authority.la_code is not null as is_in_london
from neighbour
left join authority on neighbour.neighbour_la_code = authority.la_code
