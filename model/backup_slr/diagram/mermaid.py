"""A diagram as Mermaid: a flowchart, or a sequence diagram. It is drawn by GitHub, GitLab and many editors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from backup_slr.diagram.graph import Diagram, Edge, EdgeKind, Node, NodeKind
from backup_slr.diagram.palette import EDGES, LIGHT, NODES

SHAPES: Mapping[NodeKind, tuple[str, str]] = {
    "initial": ("((", "))"),
    "state": ("(", ")"),
    "final": ("[[", "]]"),
    "condition": ("{{", "}}"),
    "chance": ("{{", "}}"),
    "wait": ("([", "])"),
    "done": ("[[", "]]"),
    "bad": ("{{", "}}"),
}
ARROWS: Mapping[EdgeKind, str] = {
    "service": "-.->",
    "might": "-.->",
    "failed": "-.-x",
    "refused": "--x",
    "blocks": "==x",
    "needs": "-.-o",
    "loop": "==>",
}
MESSAGES: Mapping[EdgeKind, str] = {
    "service": "-->>",
    "refused": "-x",
    "failed": "--x",
    "answer": "-->>",
    "might": "-->>",
}
DASHES = {"dashed": "stroke-dasharray:5 3", "dotted": "stroke-dasharray:2 3", "bold": "stroke-width:2px"}
MEANINGFUL = re.compile(
    r"""["#<>&`;{}\[\]()|\\%:*~$]"""
    r"|(?<![^\W_])_|_(?![^\W_])"  # an underscore that is not inside a word
    r"|^[-+=. ]|(?<=^\d)[.)]|(?<=^\d\d)[.)]"  # lists and headings of Markdown
)
"""What could end a label or mean something in it."""


def mermaid_text(diagram: Diagram) -> str:
    """The Mermaid source of a diagram."""
    lines = _sequence(diagram) if diagram.form == "sequence" else _flowchart(diagram)
    return "\n".join(lines) + "\n"


def _flowchart(diagram: Diagram) -> Iterator[str]:
    yield from _head(diagram)
    yield f"flowchart {diagram.direction}"
    yield from _described(diagram)
    yield from _inside(diagram, "", "  ")
    for edge in diagram.edges:
        yield f"  %% {edge.id}"
        label = _joined([*edge.lines, *([edge.small] if edge.small else [])])
        text = f'|"{label}"|' if label else ""
        yield f"  {_id(edge.source)} {ARROWS.get(edge.kind, '-->')}{text} {_id(edge.target)}"
    for kind in diagram.node_kinds:
        look = NODES[kind]
        extra = [text for name, text in DASHES.items() if name in look.style]
        colours = [f"fill:{LIGHT[look.fill]}", f"stroke:{LIGHT[look.stroke]}", f"color:{LIGHT['ink']}"]
        yield f"  classDef {kind} {','.join([*colours, *extra])}"
    for kind in diagram.edge_kinds:
        numbers = ",".join(str(n) for n, e in enumerate(diagram.edges) if e.kind == kind)
        yield f"  linkStyle {numbers} stroke:{LIGHT[EDGES[kind].stroke]}"


def _inside(diagram: Diagram, cluster: str, margin: str) -> Iterator[str]:
    for node in diagram.members(cluster):
        yield f"{margin}{_node(node)}"
    for inner in diagram.clusters:
        if inner.parent == cluster:
            yield f'{margin}subgraph {_id(f"c-{inner.id}")}["{_escaped(inner.label)}"]'
            yield from _inside(diagram, inner.id, f"{margin}  ")
            yield f"{margin}end"


def _node(node: Node) -> str:
    opening, closing = SHAPES.get(node.kind, ("[", "]"))
    label = (
        " " if node.kind == "initial" else _joined([*node.lines, *(["―"] if node.folded else []), *node.shown_folded])
    )
    return f'{_id(node.id)}{opening}"{label}"{closing}:::{node.kind}'


def _sequence(diagram: Diagram) -> Iterator[str]:
    yield from _head(diagram)
    yield "sequenceDiagram"
    yield from _described(diagram)
    for node in diagram.nodes:
        yield f"  participant {_id(node.id)} as {_joined(node.lines)}"
    for edge in diagram.edges:
        yield f"  %% {edge.id}"
        yield f"  {_id(edge.source)}{MESSAGES.get(edge.kind, '->>')}{_id(edge.target)}: {_message(edge)}"


def _message(edge: Edge) -> str:
    return _joined([*edge.lines, *([f"({edge.small})"] if edge.small else [])]) or " "


def _head(diagram: Diagram) -> Iterator[str]:
    yield "---"
    # YAML in double quotes, which Mermaid does not decode as it does the rest, though it looks for tags everywhere.
    yield "title: " + re.sub(r"[<>%]", lambda found: f"\\u{ord(found[0]):04x}", json.dumps(diagram.title))
    if diagram.form == "graph":
        yield "config: {flowchart: {wrappingWidth: 420}}"
    yield "---"


def _described(diagram: Diagram) -> Iterator[str]:
    yield f"  accTitle: {_escaped(diagram.title)}"
    yield f"  accDescr: {_escaped(f'{diagram.description} {diagram.caption}'.replace(chr(10), ' '))}"


def _id(text: str) -> str:
    return text.replace("-", "_")


def _joined(lines: Iterable[str]) -> str:
    return "<br/>".join(map(_escaped, lines))


def _escaped(text: str) -> str:
    """With Mermaid's entities."""
    return MEANINGFUL.sub(lambda found: f"#{ord(found[0])};", text)
