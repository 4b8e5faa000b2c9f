"""The legend below a picture: the kinds of line and box that occur in it, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from backup_slr.diagram.graph import Diagram
from backup_slr.diagram.palette import EDGES, NODES

ROW, SAMPLE, GAP, MARGIN = 18.0, 34.0, 16.0, 12.0
LETTER = 5.9
"""The width of a letter in a wide typeface at the size of the legend, on average."""
DASHES = {"dashed": "5 3", "dotted": "1.5 3"}
TALKATIVE = ("initial", "lane")
"""Kinds of node that need no word."""


def legend(diagram: Diagram, x: float, y: float, width: float) -> tuple[tuple[float, float], Element]:
    """The legend as a group at a place, and the width and height that it takes."""
    group = Element("g", {"class": "legend"})
    left, top, widest = x + MARGIN, y + ROW * 0.6, 0.0
    entries = list(_entries(diagram))
    for kind, means, sample in entries:
        needs = SAMPLE + 6 + LETTER * len(means) + GAP
        if left > x + MARGIN and left + needs > x + max(width, 420.0):
            left, top = x + MARGIN, top + ROW
        entry = SubElement(group, "g", {"class": kind, "transform": f"translate({left:g} {top:g})"})
        entry.extend(sample)
        text = SubElement(entry, "text", {"x": f"{SAMPLE + 6:g}", "y": "3.5"})
        text.text = means
        left += needs
        widest = max(widest, left - x)
    return (widest, top - y + ROW * 0.9 if entries else 0.0), group


def _entries(diagram: Diagram) -> Iterator[tuple[str, str, list[Element]]]:
    for kind in diagram.node_kinds:
        if kind not in TALKATIVE and len(diagram.node_kinds) > 1:
            look = NODES[kind]
            yield f"node k-{kind}", look.means, [_box(look.style, look.peripheries)]
    for kind in diagram.edge_kinds:
        look = EDGES[kind]
        yield f"edge k-{kind}", look.means, _line(look.style, look.arrow)
    reaches = {e.reach for e in diagram.edges}
    if "all" in reaches:
        yield "edge mark", "from all states behind the box", [_dot(True)]
    if "some" in reaches:
        yield "edge mark", "from some of them", [_dot(False)]


def _box(style: str, peripheries: int) -> Element:
    box = Element("rect", {"class": "shape", "x": "4", "y": "-6", "width": "26", "height": "12"})
    box.set("rx", "4" if "rounded" in style else "0")
    box.set("stroke-width", "2.5" if peripheries > 1 or "bold" in style else "1")
    if dashes := _dashes(style):
        box.set("stroke-dasharray", dashes)
    return box


def _line(style: str, arrow: str) -> list[Element]:
    line = Element(
        "path",
        {"class": "line", "d": f"M0,0H{34.0 - head_length(arrow):g}", "stroke-width": "2" if style == "bold" else "1"},
    )
    if dashes := _dashes(style):
        line.set("stroke-dasharray", dashes)
    return [line, arrow_head(arrow, 34.0, 0.0, 1.0)]


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
    hollow = arrow in ("onormal", "empty")
    head = Element("polygon", {"class": "head open" if hollow else "head"})
    head.set("points", " ".join(f"{px:g},{py:g}" for px, py in points))
    return head


def _dot(filled: bool) -> Element:
    return Element("circle", {"class": "head" if filled else "head open", "cx": "17", "cy": "0", "r": "3.5"})


def _dashes(style: str) -> str:
    return next((dashes for name, dashes in DASHES.items() if name in style), "")
