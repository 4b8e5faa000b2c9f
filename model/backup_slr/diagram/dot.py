"""A diagram as DOT, the language of Graphviz.

Boxes are measured with the metrics of a wide typeface, so that text fits whatever a browser has to draw it with.
`newrank` is always on: without it every version of Graphviz can lose an edge between clusters.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import graphviz  # pyright: ignore[reportMissingTypeStubs]

from backup_slr.diagram.graph import Cluster, Diagram, Edge, Node
from backup_slr.diagram.palette import EDGES, LIGHT, NODES

FONT = "DejaVu Sans"
TAILS = {"all": "dot", "some": "odot"}


def dot_text(diagram: Diagram) -> str:
    """The DOT source of a diagram; the same diagram always gives the same text."""
    graph: Any = graphviz.Digraph(
        graphviz.escape(diagram.name),
        comment=f"{diagram.title}. {diagram.caption}".replace("\n", " "),
        graph_attr={
            "id": diagram.name,
            "newrank": "true",
            "rankdir": diagram.direction,
            "label": graphviz.nohtml("".join(f"{_escaped(line)}\\l" for line in diagram.caption.splitlines())),
            "labelloc": "b",
            "labeljust": "l",
            "tooltip": _one(diagram.title),
            "bgcolor": LIGHT["paper"],
            "fontname": FONT,
            "fontsize": "10",
            "fontcolor": LIGHT["faint"],
            "nodesep": "0.3",
            "ranksep": "0.45",
            "pad": "0.15",
        },
        node_attr={"fontname": FONT, "fontsize": "11", "margin": "0.12,0.07", "height": "0.35"},
        edge_attr={"fontname": FONT, "fontsize": "9.5", "arrowsize": "0.8"},
    )
    _fill(graph, diagram, "")
    for edge in diagram.edges:
        graph.edge(edge.source, edge.target, **_edge(edge))
    return graph.source


def _fill(graph: Any, diagram: Diagram, inside: str) -> None:
    """Put nodes and frames into a graph or a frame."""
    for node in diagram.members(inside):
        graph.node(node.id, **_node(node, diagram.direction))
    for cluster in diagram.clusters:
        if cluster.parent == inside:
            frame: Any = graphviz.Digraph(f"cluster_{cluster.id}")
            frame.attr(**_cluster(cluster))
            _fill(frame, diagram, cluster.id)
            graph.subgraph(frame)


def _cluster(cluster: Cluster) -> dict[str, str]:
    return {
        "id": f"c-{cluster.id}",
        "class": "k-cluster",
        "label": _one(cluster.label),
        "tooltip": _one(cluster.label),
        "style": "rounded",
        "color": LIGHT["faint"],
        "fontcolor": LIGHT["faint"],
        "labelloc": "t",
        "margin": "12",
    }


def _node(node: Node, direction: str) -> dict[str, str]:
    look = NODES[node.kind]
    found = {
        "id": node.id,
        "class": f"k-{node.kind}",
        "shape": look.shape,
        "style": look.style,
        "color": LIGHT[look.stroke],
        "fillcolor": LIGHT[look.fill],
        "fontcolor": LIGHT["ink"],
        "peripheries": str(look.peripheries),
        "tooltip": _one(node.tooltip or " ".join(node.lines)),
        "label": _lines(node.lines),
    }
    if node.kind == "initial":
        return found | {"label": graphviz.nohtml(""), "width": "0.16", "height": "0.16", "fixedsize": "true"}
    if node.folded:
        fields = _field(node.lines, ""), _field(node.shown_folded, "\\l")
        rounded = "rounded" in look.style
        found |= {"shape": "Mrecord" if rounded else "record", "style": look.style.replace("rounded,", "")}
        # Compartments lie across the direction of the graph unless braces turn them; we want them one above the other.
        label = "|".join(fields)
        found |= {"label": graphviz.nohtml(label if direction == "LR" else f"{{{label}}}"), "peripheries": "1"}
        # Graphviz draws no double outline around compartments.
        found |= {"penwidth": "2.5"} if look.peripheries > 1 else {}
    if node.kind in ("condition", "chance") and not node.folded:
        found["margin"] = "0.02,0.02"
    return found


def _edge(edge: Edge) -> dict[str, str]:
    look = EDGES[edge.kind]
    lines = [*edge.lines, *([edge.small] if edge.small else [])]
    found = {
        "id": edge.id,
        "class": f"k-{edge.kind}",
        "style": look.style,
        "arrowhead": look.arrow,
        "color": LIGHT[look.stroke],
        "fontcolor": LIGHT["ink"],
        "tooltip": _one(edge.tooltip or " ".join(edge.lines)),
        "labeltooltip": _one(edge.tooltip or " ".join(edge.lines)),
    }
    if lines:
        found["label"] = _lines(f" {line} " for line in lines)
    if edge.reach:
        found |= {"dir": "both", "arrowtail": TAILS[edge.reach]}
    return found


def _one(text: str) -> str:
    return graphviz.escape(text.replace("\n", " "))


def _lines(lines: Iterable[str]) -> str:
    """Lines one below the other, centred; a backslash in a name stays a backslash."""
    return graphviz.nohtml("\\n".join(map(_escaped, lines)))


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\")


def _field(lines: Iterable[str], end: str) -> str:
    """Lines as one compartment of a record, in which more signs have a meaning."""
    escaped = ("".join(f"\\{c}" if c in "\\{}|<> " else c for c in line) for line in lines)
    return "".join(f"{line}{end}" for line in escaped) if end else "\\n".join(escaped)
