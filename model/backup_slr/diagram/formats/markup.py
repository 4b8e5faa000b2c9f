"""Helpers of the formats with nested blocks: ids without dashes, and clusters around their nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from backup_slr.diagram.graph import Cluster, Diagram, Node


def identifier(text: str) -> str:
    """An id for languages in which a dash is an operator."""
    return text.replace("-", "_")


def blocks(
    diagram: Diagram,
    node: Callable[[Node], str],
    opening: Callable[[Cluster], str],
    closing: str,
    indent: str = "",
    cluster: str = "",
    depth: int = 1,
) -> Iterator[str]:
    """The lines for all nodes in a cluster, with those of the clusters inside it between opening and closing lines."""
    margin = indent * depth
    for member in diagram.members(cluster):
        yield f"{margin}{node(member)}"
    for inner in diagram.clusters:
        if inner.parent == cluster:
            yield f"{margin}{opening(inner)}"
            yield from blocks(diagram, node, opening, closing, indent, inner.id, depth + 1)
            yield f"{margin}{closing}"
