"""A diagram as a Mermaid state diagram (`stateDiagram-v2`): shorter than a flowchart, and easy to edit."""

from __future__ import annotations

from collections.abc import Iterator

from backup_slr.diagram.formats.markup import blocks, identifier
from backup_slr.diagram.formats.mermaid import broken, described, escaped, head, joined, mermaid_text
from backup_slr.diagram.graph import Cluster, Diagram, Node


def mermaid_state_text(diagram: Diagram) -> str:
    """The Mermaid source of a state diagram: boxes and labelled arrows, without colors; a sequence stays a sequence."""
    if diagram.form == "sequence":
        return mermaid_text(diagram)
    return "\n".join(_lines(diagram)) + "\n"


def _lines(diagram: Diagram) -> Iterator[str]:
    yield from head(diagram)
    yield "stateDiagram-v2"
    yield from described(diagram)
    yield f"  direction {diagram.direction}"
    initial = {node.id for node in diagram.nodes if node.kind == "initial"}
    yield from (line for line in blocks(diagram, _node, _opening, "}", "  ") if line.strip())
    for edge in diagram.edges:
        yield f"  %% {edge.id}"
        label = joined(piece for line in edge.shown for piece in broken(line))
        source = "[*]" if edge.source in initial else identifier(edge.source)
        yield f"  {source} --> {identifier(edge.target)}{f': {label}' if label else ''}"


def _opening(cluster: Cluster) -> str:
    return f'state "{escaped(cluster.label)}" as {identifier(f"c-{cluster.id}")} {{'


def _node(node: Node) -> str:
    if node.kind == "initial":
        return ""
    return f'state "{joined((*node.shown, *node.shown_folded))}" as {identifier(node.id)}'
