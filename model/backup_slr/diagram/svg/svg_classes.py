"""Give the drawing of Graphviz the classes of our style sheet, and remove its own colors and typefaces."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement

from backup_slr.diagram.formats.dot import face_of
from backup_slr.diagram.graph import Diagram, Edge, Node

SVG = "http://www.w3.org/2000/svg"
DROP = 9.0
"""The caption is moved down so far, off the lowest box."""
LABEL = "-label"
"""What the id of an arrow's label ends in, behind that of the arrow."""
SHAPES = ("path", "polygon", "ellipse", "polyline")


def stripped(root: Element) -> Element:
    """Without namespaces in names (the root declares the only one), comments, and links that only carry tooltips."""
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{SVG}}}")
        for name in [n for n in element.attrib if n.startswith("{")]:
            del element.attrib[name]
    _unwrap(root)
    return root


def _unwrap(parent: Element) -> None:
    """Put the content of links, and of groups made for them, in their place."""
    kept: list[Element] = []
    for child in list(parent):
        _unwrap(child)
        bare = child.tag == "a" or (child.tag == "g" and (child.get("id") or "").startswith("a_"))
        kept += list(child) if bare else [child]
    parent[:] = kept


def add_classes(root: Element, diagram: Diagram) -> None:
    """Give shapes, lines and texts their classes, and groups their tooltips."""
    nodes = {n.id: n for n in diagram.nodes}
    edges = {e.id: e for e in diagram.edges}
    for group in root.iter("g"):
        own = group.get("id") or ""
        for text in group.findall("text"):
            for name in ("font-family", "font-size", "fill", "font-weight"):
                text.attrib.pop(name, None)
            text.text = (text.text or "").strip()
        for shape in group:
            if shape.tag in SHAPES:
                _bare(shape)
        if own in nodes:
            _classify_node(group, nodes[own])
        elif own in edges:
            _classify_edge(group, edges[own])
        elif "graph" in (group.get("class") or "").split():
            _classify_paper(group)
    _lift(root, edges)


def _bare(shape: Element) -> None:
    """Without colours; what is filled with nothing is marked, for it is an outline or hollow."""
    if shape.attrib.pop("fill", None) == "none":
        shape.set("class", "hollow")
    for name in ("stroke", "stroke-dasharray"):
        shape.attrib.pop(name, None)


def _faced(group: Element, face: str) -> None:
    for text in group.findall("text"):
        text.set("class", face)


def _classify_paper(group: Element) -> None:
    group.attrib.pop("id", None)
    title = group.find("title")
    if title is not None:
        group.remove(title)
    for shape in group.findall("polygon"):
        shape.set("class", "paper")
    _faced(group, "caption")
    for text in group.findall("text"):
        text.set("y", f"{float(text.get('y') or 0) + DROP:g}")


def _classify_node(group: Element, node: Node) -> None:
    _say(group, node.told)
    group.set("data-clauses", " ".join(node.clauses))
    for shape in group:
        if shape.tag in SHAPES:
            shape.set("class", "shape outline" if shape.get("class") == "hollow" else "shape")
    for number, text in enumerate(group.findall("text")):
        text.set("class", face_of(node, number))


def _classify_edge(group: Element, edge: Edge) -> None:
    _say(group, edge.told)
    group.set("data-clauses", " ".join(edge.clauses))
    first = True
    for shape in group:
        if shape.tag in SHAPES:
            is_line = shape.tag == "path" and first
            first = first and shape.tag != "path"
            shape.set("class", "line" if is_line else "head open" if shape.get("class") == "hollow" else "head")
    _faced(group, "said")
    texts = group.findall("text")
    if texts and edge.small:
        texts[-1].set("class", "small")


def _lift(root: Element, edges: Mapping[str, Edge]) -> None:
    """Put what arrows say in front of all lines, so that none crosses it out."""
    graph = next(g for g in root.iter("g") if "graph" in (g.get("class") or "").split())
    for group in [g for g in root.iter("g") if g.get("id") in edges]:
        texts = group.findall("text")
        if texts:
            label = SubElement(graph, "g", {"id": f"{group.get('id')}{LABEL}", "class": group.get("class") or ""})
            _say(label, edges[group.get("id") or ""].told)
            label.extend(texts)
            for text in texts:
                group.remove(text)


def _say(group: Element, text: str) -> None:
    """The tooltip, which is also what a screen reader says of the group."""
    title = group.find("title")
    if title is None:
        title = Element("title")
        group.insert(0, title)
    title.text = text
