"""The layout of an XML return as a tree of elements, made from the facts: what each element is, and where its text goes."""

from dataclasses import dataclass, field
from functools import cache

from loaders import facts

UNKNOWN = -1


@dataclass
class Node:
    """An element by its path. `row_of`: each one is a row of that table; `fills`: its text is that field."""

    number: int
    name: str
    parent: int
    inside: str
    row_of: facts.Table | None = None
    fills: facts.Field | None = None
    children: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """All nodes by number; number 0 is the document itself. Same names at two levels are two nodes."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, str, int], ...]

    def number(self, path: str) -> int:
        """The node of a path such as Message/Children. Raises KeyError when the facts have none."""
        found = 0
        for name in path.split("/"):
            found = self.nodes[found].children[name]
        return found


@cache
def layout_of(return_name: str) -> Layout:
    """The tree of one return: every table's and field's path, and the elements between."""
    a_return = facts.returns()[return_name]
    nodes = [Node(0, "", UNKNOWN, "")]

    def node_at(path: str) -> Node:
        here = nodes[0]
        for name in path.split("/"):
            if name not in here.children:
                here.children[name] = len(nodes)
                nodes.append(Node(len(nodes), name, here.number, here.inside))
            here = nodes[here.children[name]]
        return here

    for table in a_return.tables:
        row = node_at(table.xml_path)
        row.row_of = table
        row.inside = table.table
        for a_field in table.fields:
            leaf = node_at(a_field.xml_path)
            leaf.fills = a_field
            leaf.inside = table.table
    edges = tuple((node.number, name, child) for node in nodes for name, child in node.children.items())
    return Layout(tuple(nodes), edges)
