"""What Graphviz draws, made fit to be read: named, described, coloured by kind, light and dark, with a legend.

The result is one SVG without scripts, fonts or anything from elsewhere. Its metadata carries the hash of what it was
made from (`source_hash`), so that whether it is current can be told without drawing it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from math import ceil
from textwrap import wrap
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from backup_slr.diagram.dot import dot_text
from backup_slr.diagram.engines import draw
from backup_slr.diagram.graph import Diagram, Edge, Node
from backup_slr.diagram.lanes import lanes_drawing
from backup_slr.diagram.legend import legend
from backup_slr.diagram.style import Theme, style_sheet
from backup_slr.errors import MissingTool

SVG = "http://www.w3.org/2000/svg"
SHAPES = ("path", "polygon", "ellipse", "polyline")
HEADING, LETTER = 19.0, 8.0
"""The height of a line of the title in the picture, and the width of one of its letters on average."""
UNNAMED = ("condition", "chance", "wait")
"""Kinds of node whose first line is no name."""


def svg_text(diagram: Diagram, renderer: str, theme: Theme = "auto") -> str:
    """The picture of a diagram as SVG, drawn by a renderer of `engines`.

    Raises
    ------
    MissingTool
        When the renderer complains, or when it has lost an edge (all versions of Graphviz can).
    """
    if diagram.form == "sequence":
        root = lanes_drawing(diagram)
    else:
        root = _stripped(ElementTree.fromstring(draw(dot_text(diagram), renderer)))
        _dress(root, diagram)
        lost = list(lost_edges(root, diagram))
        if lost:
            raise MissingTool(f"the renderer '{renderer}' lost {', '.join(lost)}: try another one with --renderer")
    _frame(root, diagram, theme)
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def source_hash(diagram: Diagram) -> str:
    """A hash of everything that a picture is made from: DOT or lanes, title, description, style, legend."""
    parts = (dot_text(diagram), diagram.title, diagram.description, style_sheet(diagram, "auto"), repr(diagram.form))
    tips = [(x.id, x.tooltip, x.clauses) for x in (*diagram.nodes, *diagram.edges)]
    ours = [legend(diagram, 0, 0, 800)[1], *([lanes_drawing(diagram)] if diagram.form == "sequence" else [])]
    drawn = [ElementTree.tostring(element, encoding="unicode") for element in ours]
    return sha256("\0".join((*parts, repr(tips), *drawn)).encode()).hexdigest()


def lost_edges(root: Element, diagram: Diagram) -> Iterator[str]:
    """The edges that have no line in a drawing."""
    drawn = {g.get("id"): g for g in root.iter("g")}
    for edge in diagram.edges:
        group = drawn.get(edge.id)
        if group is None or not any("line" in (e.get("class") or "").split() for e in group.iter()):
            yield edge.id


def _stripped(root: Element) -> Element:
    """Without namespaces in names (the root declares the only one), comments, and links that only carry tooltips."""
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{SVG}}}")
        for name in [n for n in element.attrib if n.startswith("{")]:
            del element.attrib[name]
    for parent in list(root.iter()):
        _unwrap(parent)
    return root


def _unwrap(parent: Element) -> None:
    """Put the content of links, and of groups made for them, in their place."""
    kept: list[Element] = []
    for child in list(parent):
        _unwrap(child)
        bare = child.tag == "a" or (child.tag == "g" and (child.get("id") or "").startswith("a_"))
        kept += list(child) if bare else [child]
    parent[:] = kept


def _dress(root: Element, diagram: Diagram) -> None:
    """Give shapes, lines and texts the classes that the style sheet speaks of, and groups their tooltips."""
    nodes = {n.id: n for n in diagram.nodes}
    edges = {e.id: e for e in diagram.edges}
    for group in root.iter("g"):
        own = group.get("id") or ""
        for text in group.findall("text"):
            for name in ("font-family", "font-size", "fill", "font-weight"):
                text.attrib.pop(name, None)
            text.text = (text.text or "").strip()
        if own in nodes:
            _dress_node(group, nodes[own])
        elif own in edges:
            _dress_edge(group, edges[own])
        elif "graph" in (group.get("class") or "").split():
            _dress_paper(group)
        else:
            _bare(group)


def _bare(group: Element) -> None:
    for shape in group:
        for name in ("fill", "stroke"):
            shape.attrib.pop(name, None)


def _dress_paper(group: Element) -> None:
    group.attrib.pop("id", None)
    title = group.find("title")
    if title is not None:
        group.remove(title)
    for shape in group.findall("polygon"):
        shape.attrib.clear() if shape.get("points") is None else None
        shape.set("class", "paper")
        for name in ("fill", "stroke"):
            shape.attrib.pop(name, None)
    for text in group.findall("text"):
        text.set("class", "caption")


def _dress_node(group: Element, node: Node) -> None:
    _say(group, node.tooltip or " ".join(node.lines))
    group.set("data-clauses", " ".join(node.clauses))
    for shape in group:
        if shape.tag in SHAPES:
            shape.set("class", "shape outline" if shape.get("fill") == "none" else "shape")
            for name in ("fill", "stroke"):
                shape.attrib.pop(name, None)
    for number, text in enumerate(group.findall("text")):
        if number == 0 and node.kind not in UNNAMED and len(node.lines) + len(node.folded) > 1:
            text.set("class", "name")
        elif number >= len(node.lines):
            text.set("class", "small")


def _dress_edge(group: Element, edge: Edge) -> None:
    _say(group, edge.tooltip or " ".join(edge.lines) or f"{edge.source} to {edge.target}")
    group.set("data-clauses", " ".join(edge.clauses))
    first = True
    for shape in group:
        if shape.tag in SHAPES:
            is_line = shape.tag == "path" and first
            first = first and shape.tag != "path"
            hollow = shape.get("fill") == "none" and not is_line
            shape.set("class", "line" if is_line else "head open" if hollow else "head")
            for name in ("fill", "stroke"):
                shape.attrib.pop(name, None)
    texts = group.findall("text")
    if texts and edge.small:
        texts[-1].set("class", "small")


def _say(group: Element, text: str) -> None:
    """The tooltip, which is also what a screen reader says of the group."""
    title = group.find("title")
    if title is None:
        title = Element("title")
        group.insert(0, title)
    title.text = text


def _frame(root: Element, diagram: Diagram, theme: Theme) -> None:
    """Title, description, style, legend, and a size without units."""
    x, y, width, height = (float(v) for v in (root.get("viewBox") or "0 0 1 1").split())
    box, drawn = legend(diagram, x, y + height, width)
    heading = wrap(diagram.title, max(36, int((max(width, box[0]) - 24) / LETTER)))
    above = HEADING * len(heading) + 8
    # Whole numbers, lest a pixel at the edge be left without paint.
    width = ceil(max(width, box[0], LETTER * max(map(len, heading)) + 24))
    height = ceil(height + box[1] + above)
    view = " ".join(f"{v:g}" for v in (x, y - above, width, height))
    content = list(root)
    root.clear()
    root.tag = "svg"
    root.set("xmlns", SVG)
    root.set("id", diagram.name)
    root.set("class", "slr")
    root.set("role", "img")
    root.set("aria-labelledby", f"{diagram.name}-title")
    root.set("aria-describedby", f"{diagram.name}-desc")
    root.set("width", f"{width:g}")
    root.set("height", f"{height:g}")
    root.set("viewBox", view)
    title = SubElement(root, "title", id=f"{diagram.name}-title")
    title.text = diagram.title
    desc = SubElement(root, "desc", id=f"{diagram.name}-desc")
    desc.text = f"{diagram.description} {re.sub(chr(10), ' ', diagram.caption)}"
    metadata = SubElement(root, "metadata")
    metadata.text = f"source {source_hash(diagram)}"
    style = SubElement(root, "style")
    style.text = style_sheet(diagram, theme)
    # One image with a name and a description: to a screen reader the labels, out of their places, would be a word soup.
    seen = SubElement(root, "g", {"aria-hidden": "true"})
    paper = SubElement(seen, "rect", {"class": "paper", "x": f"{x:g}", "y": f"{y - above:g}"})
    paper.set("width", f"{width:g}")
    paper.set("height", f"{height:g}")
    for number, line in enumerate(heading):
        y_line = y - above + HEADING * (number + 1)
        text = SubElement(seen, "text", {"class": "title", "x": f"{x + 12:g}", "y": f"{y_line:g}"})
        text.text = line
    seen.extend(content)
    seen.append(drawn)
