"""Give the drawing of Graphviz the classes of our style sheet, and remove its own colors and typefaces."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement

from backup_slr.diagram.formats.dot import face_of
from backup_slr.diagram.graph import Diagram, Edge, Node

SVG = "http://www.w3.org/2000/svg"
DROP = 9.0
"""The distance by which the caption is moved down, away from the lowest box."""
LABEL = "-label"
"""The suffix of the id of an arrow's label."""
SHAPES = ("path", "polygon", "ellipse", "polyline")


def stripped(root: Element) -> Element:
    """Remove namespaces in names (the root declares the only one), comments, and links that only carry tooltips."""
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{SVG}}}")
        for name in [n for n in element.attrib if n.startswith("{")]:
            del element.attrib[name]
    _unwrap(root)
    return root


def _unwrap(parent: Element) -> None:
    """Replace links, and groups made for them, by their content."""
    kept: list[Element] = []
    for child in list(parent):
        _unwrap(child)
        bare = child.tag == "a" or (child.tag == "g" and (child.get("id") or "").startswith("a_"))
        kept += list(child) if bare else [child]
    parent[:] = kept


def add_classes(root: Element, diagram: Diagram) -> None:
    """Give shapes, lines and texts their classes, and groups their tooltips."""
    things: dict[str | None, Node | Edge] = {x.id: x for x in (*diagram.nodes, *diagram.edges)}
    for group in root.iter("g"):
        texts = group.findall("text")
        for text in texts:
            for name in ("font-family", "font-size", "fill", "font-weight"):
                text.attrib.pop(name, None)
            text.text = (text.text or "").strip()
        shapes = [(shape, _bare(shape)) for shape in group if shape.tag in SHAPES]
        thing = things.get(group.get("id"))
        if thing is not None:
            _say(group, thing.hint)
            group.set("data-clauses", " ".join(thing.clauses))
        if isinstance(thing, Node):
            for shape, hollow in shapes:
                shape.set("class", "shape outline" if hollow else "shape")
            for number, text in enumerate(texts):
                text.set("class", face_of(thing, number))
        elif isinstance(thing, Edge):
            line = next((shape for shape, _ in shapes if shape.tag == "path"), None)
            for shape, hollow in shapes:
                shape.set("class", "line" if shape is line else "head open" if hollow else "head")
            for number, text in enumerate(texts, 1):
                text.set("class", "small" if thing.small and number == len(texts) else "said")
        elif "graph" in (group.get("class") or "").split():
            _classify_paper(group, texts)
    _lift(root, diagram.edges)


def _bare(shape: Element) -> bool:
    """Remove the colors; return True if it has no fill, that is, is an outline or hollow."""
    for name in ("stroke", "stroke-dasharray"):
        shape.attrib.pop(name, None)
    return shape.attrib.pop("fill", None) == "none"


def _classify_paper(group: Element, texts: list[Element]) -> None:
    group.attrib.pop("id", None)
    title = group.find("title")
    if title is not None:
        group.remove(title)
    for shape in group.findall("polygon"):
        shape.set("class", "paper")
    for text in texts:
        text.set("class", "caption")
        text.set("y", f"{float(text.get('y') or 0) + DROP:g}")


def _lift(root: Element, edges: Iterable[Edge]) -> None:
    """Put the labels of arrows in front of all lines, so that no line crosses them."""
    graph = next(g for g in root.iter("g") if "graph" in (g.get("class") or "").split())
    told = {edge.id: edge.hint for edge in edges}
    for group in [g for g in root.iter("g") if g.get("id") in told]:
        if texts := group.findall("text"):
            own = group.get("id") or ""
            label = SubElement(graph, "g", {"id": f"{own}{LABEL}", "class": group.get("class") or ""})
            _say(label, told[own])
            label.extend(texts)
            for text in texts:
                group.remove(text)


def _say(group: Element, text: str) -> None:
    """The tooltip, which screen readers read for the group."""
    title = group.find("title")
    if title is None:
        title = Element("title")
        group.insert(0, title)
    title.text = text
