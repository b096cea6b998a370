{#- What: a model has more or fewer rows than the one it is made of; one row, with both numbers.
    `compared_where`: the rows of the other that count.
    When it matters: always; a join lost rows or, where two rows match, made more of them (fan-out), and every sum is wrong.
    How to resolve: look for a key that is not unique in what the model joins, or an inner join that finds nothing. -#}
{% test same_number_of_rows(model, compared, compared_where="true") %}

select *
from (
    select
        (select count(*) from {{ model }}) as n_rows,
        (select count(*) from {{ compared }} where {{ compared_where }}) as n_rows_compared
) as counted
where n_rows <> n_rows_compared

{% endtest %}
