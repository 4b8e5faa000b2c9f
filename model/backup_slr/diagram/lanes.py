"""A sequence drawn as lanes: who takes part across, messages downwards. Graphviz has no such layout."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from backup_slr.diagram.graph import Diagram, Edge, Node
from backup_slr.diagram.legend import DASHES, arrow_head, head_length
from backup_slr.diagram.palette import EDGES

LETTER = 6.3
TOP, HEAD, LINE, GAP, MARGIN, LEAST = 12.0, 34.0, 13.0, 15.0, 14.0, 120.0


def lanes_drawing(diagram: Diagram) -> Element:
    """The picture as an SVG element without style, size or title; `svg` adds them."""
    at = _columns(diagram)
    root = Element("svg")
    lifelines = SubElement(root, "g", {"class": "lifelines"})
    y = TOP + HEAD + GAP
    for edge in diagram.edges:
        group, y = _message(edge, at, y)
        root.append(group)
    bottom = y + GAP
    widest = 0.0
    for node in diagram.nodes:
        x = at[node.id]
        line = SubElement(lifelines, "path", {"class": "life", "d": f"M{x:g},{TOP + HEAD:g}V{bottom:g}"})
        line.set("fill", "none")
        root.append(_head(node, x))
        widest = max(widest, x + _width(node) / 2)
    captions = diagram.caption.splitlines()
    for number, caption in enumerate(captions, 1):
        text = SubElement(root, "text", {"class": "caption", "x": f"{MARGIN:g}", "y": f"{bottom + number * LINE:g}"})
        text.text = caption
    right = [_right(e, at) for e in diagram.edges] + [MARGIN + LETTER * len(c) for c in captions] + [widest]
    height = bottom + len(captions) * LINE + 6
    root.set("viewBox", f"0 0 {max(right) + MARGIN:g} {height:g}")
    return root


def _width(node: Node) -> float:
    return max(70.0, LETTER * max(map(len, node.lines)) + 16)


def _columns(diagram: Diagram) -> dict[str, float]:
    """Where each lane stands: far enough from the one before for every message between them."""
    order = [n.id for n in diagram.nodes]
    gaps = [LEAST] * len(order)
    for left, right in zip(diagram.nodes, diagram.nodes[1:], strict=False):
        number = order.index(right.id)
        gaps[number] = max(LEAST, (_width(left) + _width(right)) / 2 + 14)
    for edge in diagram.edges:
        first, last = sorted((order.index(edge.source), order.index(edge.target)))
        needs = LETTER * max(map(len, _texts(edge)), default=0) + 26
        if first == last:
            if first + 1 < len(order):
                gaps[first + 1] = max(gaps[first + 1], min(needs + 22, 300.0))
            continue
        missing = needs - sum(gaps[first + 1 : last + 1])
        if missing > 0:
            gaps[last] += missing
    x = MARGIN + _width(diagram.nodes[0]) / 2 if diagram.nodes else 0.0
    found: dict[str, float] = {}
    for number, name in enumerate(order):
        x += gaps[number] if number else 0.0
        found[name] = x
    return found


def _texts(edge: Edge) -> list[str]:
    return [*edge.lines, *([edge.small] if edge.small else [])]


def _right(edge: Edge, at: dict[str, float]) -> float:
    if edge.source != edge.target:
        return 0.0
    return at[edge.source] + 30 + LETTER * max(map(len, _texts(edge)), default=0)


def _head(node: Node, x: float) -> Element:
    group = Element("g", {"id": node.id, "class": f"node k-{node.kind}"})
    title = SubElement(group, "title")
    title.text = node.tooltip or " ".join(node.lines)
    width = _width(node)
    box = SubElement(group, "rect", {"class": "shape", "x": f"{x - width / 2:g}", "y": f"{TOP:g}", "rx": "3"})
    box.set("width", f"{width:g}")
    box.set("height", f"{HEAD:g}")
    for number, line in enumerate(node.lines):
        y = TOP + HEAD / 2 + 4 + (number - (len(node.lines) - 1) / 2) * LINE
        text = SubElement(group, "text", {"x": f"{x:g}", "y": f"{y:g}", "text-anchor": "middle"})
        text.text = line
        if not number:
            text.set("class", "name")
    return group


def _message(edge: Edge, at: dict[str, float], y: float) -> tuple[Element, float]:
    """One arrow with its text above it, and where the next one begins."""
    group = Element("g", {"id": edge.id, "class": f"edge k-{edge.kind}", "data-clauses": " ".join(edge.clauses)})
    title = SubElement(group, "title")
    title.text = edge.tooltip or " ".join(edge.lines)
    start, end = at[edge.source], at[edge.target]
    texts = _texts(edge)
    itself = start == end
    x, anchor = (start + 28, "start") if itself else ((start + end) / 2, "middle")
    for number, line in enumerate(texts):
        text = SubElement(group, "text", {"x": f"{x:g}", "y": f"{y + LINE * number:g}", "text-anchor": anchor})
        text.text = line
        if edge.small and number == len(texts) - 1:
            text.set("class", "small")
    below = y + LINE * (len(texts) - 1) + 6
    look = EDGES[edge.kind]
    head = head_length(look.arrow)
    if itself:
        path, tip, way = f"M{start:g},{y - 4:g}H{start + 20:g}V{below:g}H{start + head:g}", start, -1.0
        below = max(below, y + 8)
    else:
        way = 1.0 if end > start else -1.0
        path, tip = f"M{start:g},{below:g}H{end - head * way:g}", end
    line = SubElement(group, "path", {"class": "line", "d": path})
    dashes = next((d for name, d in DASHES.items() if name in look.style), "")
    if dashes:
        line.set("stroke-dasharray", dashes)
    group.append(arrow_head(look.arrow, tip, below if not itself else y + LINE * (len(texts) - 1) + 6, way))
    return group, below + GAP + 4
