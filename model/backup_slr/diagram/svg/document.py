"""An SVG document: the drawing with title, description, style sheet for light and dark, and legend.

The result is one SVG without scripts, fonts or external references. Its metadata has the hash of its source
(`source_hash`) and the name of the renderer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from math import ceil
from typing import TypeAlias
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, ParseError

from backup_slr.diagram.formats.dot import dot_text
from backup_slr.diagram.graph import Diagram
from backup_slr.diagram.line_breaks import wrapped
from backup_slr.diagram.svg.font_metrics import WIDTHS
from backup_slr.diagram.svg.legend import legend
from backup_slr.diagram.svg.renderers import draw, version
from backup_slr.diagram.svg.sequence_layout import sequence_drawing
from backup_slr.diagram.svg.style_sheet import FACES, Theme, add, fit, style_sheet
from backup_slr.diagram.svg.svg_classes import DROP, SVG, add_classes, stripped
from backup_slr.errors import MissingTool

Drawing: TypeAlias = Callable[[str, str], str]
HEADING, MARGIN, LEAST = 19.0, 12.0, 300.0
"""The height of a line of the title, its margin, and the least width at which it is wrapped."""
OURSELVES = "backup-slr"
"""The renderer of sequences: this program."""


def svg_text(diagram: Diagram, renderer: str, theme: Theme = "auto", drawing: Drawing = draw) -> str:
    """The picture of a diagram as SVG; `drawing` draws DOT with a renderer.

    Raises `MissingTool` when the renderer reports an error, or has lost an edge (all versions of Graphviz can).
    """
    if diagram.form == "sequence":
        root = sequence_drawing(diagram)
    else:
        root = _drawn(diagram, renderer, drawing)
        add_classes(root, diagram)
        lost = list(lost_edges(root, diagram))
        if lost:
            raise MissingTool(f"the renderer '{renderer}' lost {', '.join(lost)}: try another one with --renderer")
    for element in root.iter():
        if own := element.get("id"):
            element.set("id", f"{diagram.name}--{own}")
    _frame(root, diagram, theme, f"source {source_hash(diagram)}; drawn by {drawn_by(diagram, renderer)}")
    fit(root)
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def drawn_by(diagram: Diagram, renderer: str) -> str:
    """The renderer of a diagram, with its version."""
    return OURSELVES if diagram.form == "sequence" else version(renderer) or renderer


def source_hash(diagram: Diagram) -> str:
    """The hash of all inputs of a picture: DOT or lanes, title, description, widths, style, legend."""
    parts = (dot_text(diagram), diagram.title, diagram.description, style_sheet(diagram, "auto"), repr(diagram.form))
    tips = [(x.id, x.tooltip, x.clauses) for x in (*diagram.nodes, *diagram.edges)]
    ours = [legend(diagram, 0, 0, 800)[1], *([sequence_drawing(diagram)] if diagram.form == "sequence" else [])]
    drawn = [ElementTree.tostring(element, encoding="unicode") for element in ours]
    return sha256("\0".join((*parts, repr(WIDTHS), repr(tips), *drawn)).encode()).hexdigest()


def described(diagram: Diagram) -> str:
    """The description and the caption, for screen readers."""
    return f"{diagram.description} {diagram.caption.replace(chr(10), '; ')}"


def lost_edges(root: Element, diagram: Diagram, prefix: str = "") -> Iterator[str]:
    """The edges that have no line in a drawing; all ids in it have this prefix."""
    drawn = {g.get("id"): g for g in root.iter("g")}
    for edge in diagram.edges:
        group = drawn.get(f"{prefix}{edge.id}")
        if group is None or not any("line" in (e.get("class") or "").split() for e in group.iter()):
            yield edge.id


def _drawn(diagram: Diagram, renderer: str, drawing: Drawing) -> Element:
    try:
        return stripped(ElementTree.fromstring(drawing(dot_text(diagram), renderer)))
    except ParseError as error:
        raise MissingTool(
            f"the renderer '{renderer}' draws no SVG ({error}): try another one with --renderer"
        ) from None


def _frame(root: Element, diagram: Diagram, theme: Theme, metadata: str) -> None:
    """Title, description, style, legend, and a size without units."""
    x, y, width, height = (float(v) for v in (root.get("viewBox") or "0 0 1 1").split())
    height += DROP
    box, drawn = legend(diagram, x, y + height, width)
    heading = wrapped(diagram.title, max(width, box[0], LEAST) - 2 * MARGIN, FACES["title"].wide)
    above = HEADING * len(heading) + 8
    # Whole numbers, so that every pixel at the edge is painted.
    width = ceil(max(width, box[0], *(FACES["title"].wide(line) + 2 * MARGIN for line in heading)))
    height = ceil(height + box[1] + above)
    view = " ".join(f"{v:g}" for v in (x, y - above, width, height))
    content = list(root)
    root.clear()
    root.tag = "svg"
    root.attrib |= {
        "xmlns": SVG,
        "id": diagram.name,
        "class": "slr",
        "role": "img",
        "aria-labelledby": f"{diagram.name}-title",
        "aria-describedby": f"{diagram.name}-desc",
        "width": f"{width:g}",
        "height": f"{height:g}",
        "viewBox": view,
    }
    add(root, "title", diagram.title, id=f"{diagram.name}-title")
    add(root, "desc", described(diagram), id=f"{diagram.name}-desc")
    add(root, "metadata", metadata)
    add(root, "style", style_sheet(diagram, theme))
    # One image with a name and a description: single labels make no sense when read in isolation.
    seen = add(root, "g", aria_hidden="true")
    add(seen, "rect", class_="paper", x=x, y=y - above, width=width, height=height)
    for number, line in enumerate(heading, 1):
        add(seen, "text", line, class_="title", x=x + MARGIN, y=y - above + HEADING * number)
    seen.extend(content)
    seen.append(drawn)
