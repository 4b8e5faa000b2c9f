"""The legend of a picture: exactly the kinds of line and box that it contains."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from backup_slr.diagram.graph import Diagram
from backup_slr.diagram.palette import EDGES, NODES, NodeLook
from backup_slr.diagram.svg.style_sheet import FACES, add

ROW, SAMPLE, GAP, MARGIN, LEAST = 18.0, 34.0, 16.0, 12.0, 480.0
"""The height of a row, the width of a sample, the space between and around entries, the least width."""
TALKATIVE = ("initial", "lane")
"""Kinds of node that need no legend."""
HEXAGON = ((-13, 0), (-8, -6), (8, -6), (13, 0), (8, 6), (-8, 6))
"""Its corners around its middle."""
HEADS = {
    "tee": ((0, -5), (0, 5), (2, 5), (2, -5)),
    "diamond": ((0, 0), (4, -3), (8, 0), (4, 3)),
    "vee": ((0, 0), (8, -3.5), (4, 0), (8, 3.5)),
}
"""The corners of the heads of arrows that are not triangles: how far back from the tip, and how far below."""
TRIANGLE = ((0, 0), (8, -3.5), (8, 3.5))


def legend(diagram: Diagram, x: float, y: float, width: float) -> tuple[tuple[float, float], Element]:
    """The legend as a group at a place, and the width and height that it takes."""
    group = Element("g", {"class": "legend"})
    left, top, widest = x + MARGIN, y + ROW * 0.6, 0.0
    for entry, means in _entries(diagram):
        needs = SAMPLE + 6 + FACES["key"].wide(means) + GAP
        if left > x + MARGIN and left + needs > x + max(width, LEAST):
            left, top = x + MARGIN, top + ROW
        entry.set("transform", f"translate({left:g} {top:g})")
        add(entry, "text", means, class_="key", x=SAMPLE + 6, y=3.5)
        group.append(entry)
        left += needs
        widest = max(widest, left - x)
    return (widest, top - y + ROW * 0.9 if len(group) else 0.0), group


def _entries(diagram: Diagram) -> Iterator[tuple[Element, str]]:
    """The samples, each with its meaning."""
    for kind in diagram.node_kinds:
        if kind not in TALKATIVE and len(diagram.node_kinds) > 1:
            entry = Element("g", {"class": f"node k-{kind}"})
            for number in range(NODES[kind].peripheries):
                _shape(entry, NODES[kind], 3.0 * number)
            yield entry, NODES[kind].means
    for kind in diagram.edge_kinds:
        entry, look = Element("g", {"class": f"edge k-{kind}"}), EDGES[kind]
        add_arrow(entry, look.style, look.arrow, f"M0,0H{SAMPLE - head_length(look.arrow):g}", (SAMPLE, 0.0), 1.0)
        yield entry, look.means
    reaches = {e.reach for e in diagram.edges}
    for reach, shape, means in (("all", "head", "every state"), ("some", "head open", "some states")):
        if reach in reaches:
            entry = Element("g", {"class": "edge mark"})
            add(entry, "circle", class_=shape, cx=17, cy=0, r=3.5)
            yield entry, f"from {means} in the group"
    for sign, means in diagram.signs:
        entry = Element("g", {"class": "sign"})
        add(entry, "text", sign, class_="key", x=SAMPLE / 2, y=3.5, text_anchor="middle")
        yield entry, means


def _shape(entry: Element, look: NodeLook, inset: float) -> None:
    middle = SAMPLE / 2
    if look.shape == "hexagon":
        shape = add(entry, "polygon", points=" ".join(f"{middle + dx:g},{dy:g}" for dx, dy in HEXAGON))
    elif look.shape == "ellipse":
        shape = add(entry, "ellipse", cx=middle, cy=0, rx=14, ry=6.5)
    else:
        shape = add(entry, "rect", x=4 + inset, y=inset - 6.5, width=26 - 2 * inset, height=13 - 2 * inset)
        shape.set("rx", "4" if "rounded" in look.style else "0")
    shape.set("class", "shape")
    shape.set("stroke-width", "2" if "bold" in look.style else "1")


def head_length(arrow: str) -> float:
    """The length of the head of an arrow: the distance from its tip to the end of its line."""
    return {"tee": 1.0, "vee": 4.0}.get(arrow, 8.0)


def add_arrow(parent: Element, style: str, arrow: str, path: str, tip: tuple[float, float], way: float) -> None:
    """A line along a path, and its head, whose tip is at a place, pointing right (`way` 1) or left (-1)."""
    add(parent, "path", class_="line", d=path, stroke_width=2 if style == "bold" else 1)
    points = " ".join(f"{tip[0] - back * way:g},{tip[1] + down:g}" for back, down in HEADS.get(arrow, TRIANGLE))
    add(parent, "polygon", class_="head open" if arrow == "onormal" else "head", points=points)
