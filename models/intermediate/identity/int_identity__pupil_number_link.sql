-- The links that persons are made by: pairs of nodes with a pupil number in common and nothing against it.
select distinct
    child_node_key,
    other_child_node_key
from {{ ref('int_identity__pupil_number_pair') }}
where not is_dropped
