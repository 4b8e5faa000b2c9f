"""A diagram as PlantUML: boxes and arrows, or a sequence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from backup_slr.diagram.formats.markup import blocks, identifier
from backup_slr.diagram.graph import Cluster, Diagram, Node, NodeKind
from backup_slr.diagram.palette import EDGES, LIGHT, NODES

HEADS = {"tee": "x", "diamond": "*", "onormal": "|>", "vee": ">>"}
SHAPES: Mapping[NodeKind, str] = {"condition": "hexagon", "chance": "hexagon", "wait": "usecase", "bad": "hexagon"}
PLAIN = re.compile(r"\w|[,()+!?]|(?<=\w)[-.:;'](?=\w| |$)|(?<=\w)/(?=\w)|(?<=\S) (?=\S)")
"""Characters that PlantUML does not interpret; nearly all others may be markup, depending on their neighbors."""
DOUBLED = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
"""Underscores that are not inside a word."""


def plantuml_text(diagram: Diagram) -> str:
    """The PlantUML source of a diagram."""
    return "\n".join(_lines(diagram)) + "\n"


def _lines(diagram: Diagram) -> Iterator[str]:
    yield f"@startuml {diagram.name}"
    yield f"title {_escaped(diagram.title)}"
    if diagram.caption:
        yield f"caption {_joined(diagram.shown_caption)}"
    sequence = diagram.form == "sequence"
    if sequence:
        for node in diagram.nodes:
            yield f'participant "{_joined((*node.shown, *node.shown_folded))}" as {identifier(node.id)}'
    else:
        yield "skinparam defaultTextAlignment center"
        if diagram.direction == "LR":
            yield "left to right direction"
        yield from blocks(diagram, _node, _opening, "}")
    for edge in diagram.edges:
        yield f"' {edge.id}"
        label = _joined(edge.unmarked)
        look = EDGES[edge.kind]
        if sequence:
            dashed = "-" if look.style in ("dashed", "dotted") else ""
            arrow = f"-[{LIGHT[look.stroke]}]{dashed}>{'x' if edge.kind in ('refused', 'failed') else ''}"
        else:
            style = "" if look.style == "solid" else f",{look.style}"
            arrow = f"-[{LIGHT[look.stroke]}{style}]-{HEADS.get(look.arrow, '>')}"
        yield f"{identifier(edge.source)} {arrow} {identifier(edge.target)}{f' : {label}' if label else ''}"
    yield "@enduml"


def _opening(cluster: Cluster) -> str:
    return f'rectangle "{_escaped(cluster.label)}" as {identifier(f"c-{cluster.id}")} {{'


def _node(node: Node) -> str:
    look = NODES[node.kind]
    if node.kind == "initial":
        return f'circle " " as {identifier(node.id)} {LIGHT[look.fill]}'
    style = "".join(f";line.{name}" for name in ("dashed", "dotted", "bold") if name in look.style)
    colors = f"#{LIGHT[look.fill][1:]};line:{LIGHT[look.stroke][1:]}{style}"
    shape = SHAPES.get(node.kind, "rectangle")
    label = _joined([*node.shown, *node.shown_folded])
    return f'{shape} "{label}" as {identifier(node.id)} {colors}'


def _joined(lines: Iterable[str]) -> str:
    return "\\n".join(map(_escaped, lines))


def _escaped(text: str) -> str:
    """Write characters that could be markup as numbers."""
    plain = {found.start() for found in PLAIN.finditer(text)} - {found.start() for found in DOUBLED.finditer(text)}
    return "".join(c if n in plain else f"<U+{ord(c):04X}>" for n, c in enumerate(text))
