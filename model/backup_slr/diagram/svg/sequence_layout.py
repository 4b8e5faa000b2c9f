"""The layout of a sequence: lanes side by side, messages downward. Graphviz has no such layout."""

from __future__ import annotations

from itertools import accumulate, pairwise
from xml.etree.ElementTree import Element

from backup_slr.diagram.graph import Diagram, Edge, Node
from backup_slr.diagram.palette import EDGES
from backup_slr.diagram.svg.legend import add_arrow, head_length
from backup_slr.diagram.svg.style_sheet import FACES, add

TOP, LINE, GAP, MARGIN, LEAST, PADDING = 12.0, 13.0, 15.0, 14.0, 120.0, 10.0
SELF = 28.0
"""The distance of the text of a message to the same lane."""


def sequence_drawing(diagram: Diagram) -> Element:
    """The picture as an SVG element without style, size or title; `svg` adds them."""
    at = _columns(diagram)
    root = Element("svg")
    lifelines = add(root, "g", class_="lifelines")
    tall = max((LINE * len(_lines(n)) for n in diagram.nodes), default=0.0) + PADDING * 1.6
    y = TOP + tall + GAP
    for edge in diagram.edges:
        y = _message(root, edge, at, y)
    bottom = y + GAP
    for node in diagram.nodes:
        x = at[node.id]
        add(lifelines, "path", class_="life", d=f"M{x:g},{TOP + tall:g}V{bottom:g}", fill="none")
        _head(root, node, x, tall)
    captions = diagram.shown_caption
    for number, caption in enumerate(captions, 1):
        add(root, "text", caption, class_="caption", x=MARGIN, y=bottom + number * LINE)
    right = [at[n.id] + _width(n) / 2 for n in diagram.nodes]
    right += [at[e.source] + SELF + _wide(e) for e in diagram.edges if e.source == e.target]
    right += [MARGIN + FACES["caption"].wide(c) for c in captions]
    height = bottom + len(captions) * LINE + 6
    root.set("viewBox", f"0 0 {max(right, default=0.0) + MARGIN:g} {height:g}")
    return root


def _lines(node: Node) -> list[tuple[str, str]]:
    """The lines of a head, each with its face."""
    named = [("name" if number == 0 else "label", line) for number, line in enumerate(node.shown)]
    return [*named, *(("small", line) for line in node.shown_folded)]


def _width(node: Node) -> float:
    return max(70.0, max(FACES[face].wide(line) for face, line in _lines(node)) + 2 * PADDING)


def _faced(edge: Edge) -> list[tuple[str, str]]:
    """The lines of a message, each with its face; the small print is last."""
    lines = list(edge.shown)
    return [("small" if edge.small and n == len(lines) - 1 else "said", line) for n, line in enumerate(lines)]


def _wide(edge: Edge) -> float:
    return max((FACES[face].wide(line) for face, line in _faced(edge)), default=0.0)


def _columns(diagram: Diagram) -> dict[str, float]:
    """The position of each lane: far enough from the previous one for every message between them."""
    order = [n.id for n in diagram.nodes]
    gaps = [MARGIN + _width(node) / 2 for node in diagram.nodes[:1]]
    gaps += [max(LEAST, (_width(left) + _width(right)) / 2 + 14) for left, right in pairwise(diagram.nodes)]
    # Short messages first: longer ones often have enough room then.
    spans = sorted(
        (sorted((order.index(e.source), order.index(e.target))), _wide(e))
        for e in diagram.edges
        if e.source != e.target
    )
    for (first, last), wide in sorted(spans, key=lambda s: s[0][1] - s[0][0]):
        missing = wide + 26 - sum(gaps[first + 1 : last + 1])
        if missing > 0:
            gaps[last] += missing
    for edge in diagram.edges:
        number = order.index(edge.source) + 1
        if edge.source == edge.target and number < len(order):
            gaps[number] = max(gaps[number], SELF + _wide(edge) + 12)
    return dict(zip(order, accumulate(gaps), strict=True))


def _head(root: Element, node: Node, x: float, tall: float) -> None:
    group = add(root, "g", id=node.id, class_=f"node k-{node.kind}")
    add(group, "title", node.hint)
    width = _width(node)
    add(group, "rect", class_="shape", x=x - width / 2, y=TOP, rx=3, width=width, height=tall)
    lines = _lines(node)
    for number, (face, line) in enumerate(lines):
        y = TOP + tall / 2 + 4 + (number - (len(lines) - 1) / 2) * LINE
        add(group, "text", line, class_=face, x=x, y=y, text_anchor="middle")


def _message(root: Element, edge: Edge, at: dict[str, float], y: float) -> float:
    """Add one arrow with its text above it; return the position of the next one."""
    group = add(root, "g", id=edge.id, class_=f"edge k-{edge.kind}", data_clauses=" ".join(edge.clauses))
    add(group, "title", edge.hint)
    start, end = at[edge.source], at[edge.target]
    itself = start == end
    x, anchor = (start + SELF, "start") if itself else ((start + end) / 2, "middle")
    lines = _faced(edge)
    for number, (face, line) in enumerate(lines):
        add(group, "text", line, class_=face, x=x, y=y + LINE * number, text_anchor=anchor)
    below = y + LINE * (len(lines) - 1) + 6
    look = EDGES[edge.kind]
    head = head_length(look.arrow)
    if itself:
        below = max(below, y + 8)
        path, tip, way = f"M{start:g},{y - 4:g}H{start + 20:g}V{below:g}H{start + head:g}", start, -1.0
    else:
        way = 1.0 if end > start else -1.0
        path, tip = f"M{start:g},{below:g}H{end - head * way:g}", end
    add_arrow(group, look.style, look.arrow, path, (tip, below), way)
    return below + GAP + 4
