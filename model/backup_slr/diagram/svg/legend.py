"""The legend of a picture: the kinds of line and box that occur in it, each as it is drawn, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from backup_slr.diagram.graph import Diagram
from backup_slr.diagram.palette import EDGES, NODES, EdgeLook, NodeLook
from backup_slr.diagram.svg.style_sheet import FACES

ROW, SAMPLE, GAP, MARGIN, LEAST = 18.0, 34.0, 16.0, 12.0, 480.0
"""The height of a row, the width of a sample, what is between entries and around them; it is at least so wide."""
TALKATIVE = ("initial", "lane")
"""Kinds of node that need no word."""
SHAPES = {
    "hexagon": [(-13, 0), (-8, -6), (8, -6), (13, 0), (8, 6), (-8, 6)],
}
"""The corners of what is no box and not round, around its middle."""


def legend(diagram: Diagram, x: float, y: float, width: float) -> tuple[tuple[float, float], Element]:
    """The legend as a group at a place, and the width and height that it takes."""
    group = Element("g", {"class": "legend"})
    left, top, widest = x + MARGIN, y + ROW * 0.6, 0.0
    entries = list(_entries(diagram))
    for kind, means, sample in entries:
        needs = SAMPLE + 6 + FACES["key"].wide(means) + GAP
        if left > x + MARGIN and left + needs > x + max(width, LEAST):
            left, top = x + MARGIN, top + ROW
        entry = SubElement(group, "g", {"class": kind, "transform": f"translate({left:g} {top:g})"})
        entry.extend(sample)
        text = SubElement(entry, "text", {"class": "key", "x": f"{SAMPLE + 6:g}", "y": "3.5"})
        text.text = means
        left += needs
        widest = max(widest, left - x)
    return (widest, top - y + ROW * 0.9 if entries else 0.0), group


def _entries(diagram: Diagram) -> Iterator[tuple[str, str, list[Element]]]:
    for kind in diagram.node_kinds:
        if kind not in TALKATIVE and len(diagram.node_kinds) > 1:
            yield f"node k-{kind}", NODES[kind].means, _shapes(NODES[kind])
    for kind in diagram.edge_kinds:
        yield f"edge k-{kind}", EDGES[kind].means, _line(EDGES[kind])
    reaches = {e.reach for e in diagram.edges}
    if "all" in reaches:
        yield "edge mark", "from all states behind the box", [_dot(True)]
    if "some" in reaches:
        yield "edge mark", "from some of them", [_dot(False)]
    for sign, means in diagram.signs:
        text = Element("text", {"class": "key", "x": f"{SAMPLE / 2:g}", "y": "3.5", "text-anchor": "middle"})
        text.text = sign
        yield "sign", means, [text]


def _shapes(look: NodeLook) -> list[Element]:
    """A small one of these, with as many outlines as it has."""
    return [_shape(look, 3.0 * number) for number in range(look.peripheries)]


def _shape(look: NodeLook, inset: float) -> Element:
    middle = SAMPLE / 2
    if look.shape in SHAPES:
        shape = Element("polygon", {"points": " ".join(f"{middle + dx:g},{dy:g}" for dx, dy in SHAPES[look.shape])})
    elif look.shape == "ellipse":
        shape = Element("ellipse", {"cx": f"{middle:g}", "cy": "0", "rx": "14", "ry": "6.5"})
    else:
        shape = Element("rect", {"x": f"{4 + inset:g}", "y": f"{inset - 6.5:g}", "width": f"{26 - 2 * inset:g}"})
        shape.set("height", f"{13 - 2 * inset:g}")
        shape.set("rx", "4" if "rounded" in look.style else "0")
    shape.set("class", "shape")
    shape.set("stroke-width", "2" if "bold" in look.style else "1")
    return shape


def _line(look: EdgeLook) -> list[Element]:
    line = Element(
        "path",
        {
            "class": "line",
            "d": f"M0,0H{SAMPLE - head_length(look.arrow):g}",
            "stroke-width": "2" if look.style == "bold" else "1",
        },
    )
    return [line, arrow_head(look.arrow, SAMPLE, 0.0, 1.0)]


def head_length(arrow: str) -> float:
    """How far from its tip the head of an arrow begins, where the line ends."""
    return {"tee": 1.0, "vee": 4.0}.get(arrow, 8.0)


def arrow_head(arrow: str, x: float, y: float, way: float) -> Element:
    """The head of an arrow whose tip is at a place, pointing right (`way` 1) or left (-1)."""
    back, half = x - 8 * way, x - 4 * way
    points = {
        "tee": [(x, y - 5), (x, y + 5), (x - 2 * way, y + 5), (x - 2 * way, y - 5)],
        "diamond": [(x, y), (half, y - 3), (back, y), (half, y + 3)],
        "vee": [(x, y), (back, y - 3.5), (half, y), (back, y + 3.5)],
    }.get(arrow, [(x, y), (back, y - 3.5), (back, y + 3.5)])
    head = Element("polygon", {"class": "head open" if arrow == "onormal" else "head"})
    head.set("points", " ".join(f"{px:g},{py:g}" for px, py in points))
    return head


def _dot(filled: bool) -> Element:
    return Element("circle", {"class": "head" if filled else "head open", "cx": "17", "cy": "0", "r": "3.5"})
