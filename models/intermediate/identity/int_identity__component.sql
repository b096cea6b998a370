-- Which nodes hang together by the pupil numbers they share: one row per node that shares one with a fitting node.
{{ connected_components(ref('int_identity__pupil_number_link'), 'child_node_key', 'other_child_node_key') }}
