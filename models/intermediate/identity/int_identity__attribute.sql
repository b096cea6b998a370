-- What all returns together say of a child: one row per child and attribute, with the value that stands.
select
    child_node_key,
    attribute,
    max_by(value, precedence) as value,
    max(precedence) as precedence,
    -- few children have more than one value, and only those need a history
    min(value) <> max(value) as has_changed,
    min_by(return_name, told_order) as from_return_name,
    min(collection_year) as from_return_year,
    max(collection_year) as last_return_year
from {{ ref('int_identity__attribute_value') }}
group by child_node_key, attribute
