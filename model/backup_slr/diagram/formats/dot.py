"""A diagram as DOT, the language of Graphviz.

Boxes are at least as wide as their text by the font metrics, independent of the typeface that Graphviz uses. `newrank`
is always on: without it every version of Graphviz can lose an edge between clusters. With it, labels of arrows overlap
if there are clusters; so DOT has no clusters, and the text of a box names its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from backup_slr.diagram.graph import Diagram, Edge, Node
from backup_slr.diagram.palette import EDGES, LIGHT, NODES
from backup_slr.diagram.svg.style_sheet import FACES

FONT = "Arial"
PADDING = 9.0
"""The space next to the text of a box."""
TAILS = {"all": "dot", "some": "odot"}
SPINE, WEIGHT = ("start", "next"), "20"
"""Arrows that lead on; with this weight Graphviz draws them straight down and the others around them."""
UNNAMED = ("condition", "chance", "wait")
"""Kinds of node whose first line is not a name."""


def dot_text(diagram: Diagram) -> str:
    """The DOT source of a diagram; the same diagram always gives the same text."""
    graphviz = _library()
    graph: Any = graphviz.Digraph(
        graphviz.escape(diagram.name),
        comment=f"{diagram.title}. {diagram.caption}".replace("\n", " "),
        graph_attr={
            "id": diagram.name,
            "newrank": "true",
            "rankdir": diagram.direction,
            "label": graphviz.nohtml("".join(f"{_escaped(line)}\\l" for line in diagram.shown_caption)),
            "labelloc": "b",
            "labeljust": "l",
            "tooltip": _one(diagram.title),
            "bgcolor": LIGHT["paper"],
            "fontname": FONT,
            "fontsize": _size("caption"),
            "fontcolor": LIGHT["faint"],
            "nodesep": "0.3",
            "ranksep": "0.45",
            "pad": "0.15",
        },
        node_attr={"fontname": FONT, "fontsize": _size("label"), "margin": "0.12,0.07", "height": "0.35"},
        edge_attr={"fontname": FONT, "fontsize": _size("said"), "arrowsize": "0.8"},
    )
    for node in diagram.nodes:
        graph.node(node.id, **_node(node, diagram.direction))
    for edge in diagram.edges:
        graph.edge(edge.source, edge.target, **_edge(edge))
    return graph.source


def _library() -> Any:
    """The library that writes DOT, loaded only when DOT is needed."""
    import graphviz  # pyright: ignore[reportMissingTypeStubs]

    return graphviz


def face_of(node: Node, number: int) -> str:
    """The face of one line of a node: its name, another line, or a folded line."""
    if number < node.heading and node.kind not in UNNAMED:
        return "name"
    return "small" if number >= len(node.lines) else "label"


def _node(node: Node, direction: str) -> dict[str, str]:
    look = NODES[node.kind]
    found = {
        "id": node.id,
        "class": f"k-{node.kind}{' lit' if node.lit else ''}",
        "shape": look.shape,
        "style": look.style,
        "color": LIGHT[look.stroke],
        "fillcolor": LIGHT[look.fill],
        "fontcolor": LIGHT["ink"],
        "peripheries": str(look.peripheries),
        "tooltip": _one(node.hint),
        "label": _lines(node.shown),
    }
    if node.kind == "initial":
        return found | {"label": _library().nohtml(""), "width": "0.16", "height": "0.16", "fixedsize": "true"}
    if node.folded:
        fields = _field(node.shown, ""), _field(node.shown_folded, "\\l")
        rounded = "rounded" in look.style
        found |= {"shape": "Mrecord" if rounded else "record", "style": look.style.replace("rounded,", "")}
        # Compartments are placed across the direction of the graph unless braces turn them; they must be stacked.
        label = "|".join(fields)
        found |= {"label": _library().nohtml(label if direction == "LR" else f"{{{label}}}"), "peripheries": "1"}
        # Graphviz draws no double outline around compartments.
        found |= {"penwidth": "2.5"} if look.peripheries > 1 else {}
    if node.lit:
        found["penwidth"] = "3"
    if look.shape == "box":
        lines = enumerate((*node.shown, *node.shown_folded))
        needs = max(FACES[face_of(node, number)].wide(line) for number, line in lines)
        found["width"] = f"{(needs + 2 * PADDING) / 72:.3f}"
    elif not node.folded:
        found["margin"] = "0.02,0.02"
    return found


def _edge(edge: Edge) -> dict[str, str]:
    look = EDGES[edge.kind]
    found = {
        "id": edge.id,
        "class": f"k-{edge.kind}",
        "style": look.style,
        "arrowhead": look.arrow,
        "color": LIGHT[look.stroke],
        "fontcolor": LIGHT["ink"],
        "tooltip": _one(edge.hint),
        "labeltooltip": _one(edge.hint),
    }
    if edge.kind in SPINE:
        found["weight"] = WEIGHT
    if edge.shown:
        found["label"] = _lines(f"  {line}  " for line in edge.shown)
    if edge.reach:
        found |= {"dir": "both", "arrowtail": TAILS[edge.reach]}
    return found


def _size(face: str) -> str:
    return f"{FACES[face].size:g}"


def _one(text: str) -> str:
    return _library().escape(text.replace("\n", " ").replace("&", "&amp;"))


def _lines(lines: Iterable[str]) -> str:
    """Centered lines; a backslash in a name stays a backslash."""
    return _library().nohtml("\\n".join(map(_escaped, lines)))


def _escaped(line: str) -> str:
    """Escape backslashes and HTML entities, which Graphviz would decode."""
    return line.replace("\\", "\\\\").replace("&", "&amp;")


def _field(lines: Iterable[str], end: str) -> str:
    """Lines as one compartment of a record, in which more characters have a meaning."""
    escaped = ("".join(f"\\{c}" if c in "\\{}|<> " else "&amp;" if c == "&" else c for c in line) for line in lines)
    return "".join(f"{line}{end}" for line in escaped) if end else "\\n".join(escaped)
