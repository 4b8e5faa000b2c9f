"""A diagram as Mermaid: a flowchart, or a sequence diagram. GitHub, GitLab and many editors render it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from backup_slr.diagram.formats.markup import blocks, identifier
from backup_slr.diagram.graph import Cluster, Diagram, EdgeKind, Node, NodeKind
from backup_slr.diagram.palette import BETWEEN, EDGES, LIGHT, NODES, dashes
from backup_slr.diagram.svg.font_metrics import Face

SHAPES: Mapping[NodeKind, tuple[str, str]] = {
    "initial": ("((", "))"),
    "state": ("(", ")"),
    "final": ("[[", "]]"),
    "condition": ("{{", "}}"),
    "chance": ("{{", "}}"),
    "wait": ("([", "])"),
    "work": ("(", ")"),
    "done": ("[[", "]]"),
    "bad": ("{{", "}}"),
    "gained": ("[[", "]]"),
    "lost": ("(", ")"),
}
STROKES = {"solid": "--", "bold": "=="}
MESSAGES: Mapping[EdgeKind, str] = {
    "service": "-->>",
    "refused": "-x",
    "failed": "--x",
    "answer": "-->>",
    "might": "-->>",
}
WIDEST = 170.0
"""In pixels: Mermaid breaks wider lines of a label inside names, so labels are broken before that.

Its limit is 200, and some typefaces are a fifth wider than the one measured here.
"""
LABEL = Face(16)
MEANINGFUL = re.compile(
    r"""["#<>&`;{}\[\]()|\\%:*~$]"""
    r"|(?<![^\W_])_|_(?![^\W_])"  # an underscore that is not inside a word
    r"|^[-+=. ]|(?<=^\d)[.)]|(?<=^\d\d)[.)]"  # lists and headings of Markdown
)
"""Characters with a meaning in a label."""


def mermaid_text(diagram: Diagram) -> str:
    """The Mermaid source of a diagram."""
    lines = _sequence(diagram) if diagram.form == "sequence" else _flowchart(diagram)
    return "\n".join(lines) + "\n"


def _flowchart(diagram: Diagram) -> Iterator[str]:
    yield from head(diagram, "config: {flowchart: {wrappingWidth: 420}}")
    yield f"flowchart {diagram.direction}"
    yield from described(diagram)
    yield from blocks(diagram, _node, _opening, "end", "  ")
    for edge in diagram.edges:
        yield f"  %% {edge.id}"
        label = joined(piece for line in edge.unmarked for piece in broken(line))
        text = f'|"{label}"|' if label else ""
        yield f"  {identifier(edge.source)} {_arrow(edge.kind)}{text} {identifier(edge.target)}"
    for kind in diagram.node_kinds:
        yield f"  classDef {kind} {','.join(_colors(kind))}"
    for kind in diagram.edge_kinds:
        numbers = ",".join(str(n) for n, e in enumerate(diagram.edges) if e.kind == kind)
        # The theme of the page colors all other lines.
        if EDGES[kind].stroke != "line":
            yield f"  linkStyle {numbers} stroke:{BETWEEN[EDGES[kind].stroke]}"


def _arrow(kind: EdgeKind) -> str:
    look = EDGES[kind]
    head = "o" if kind == "might" else "x" if look.arrow in ("tee", "diamond") else ">"
    return STROKES.get(look.style, "-.-") + head


def _colors(kind: NodeKind) -> Iterator[str]:
    look = NODES[kind]
    if kind == "initial":
        yield from (f"{part}:{BETWEEN[look.stroke]}" for part in ("fill", "stroke", "color"))
        return
    yield from (f"fill:{LIGHT[look.fill]}", f"stroke:{BETWEEN[look.stroke]}", f"color:{LIGHT['ink']}")
    if dashes(look.style):
        yield dashes(look.style)
    if "bold" in look.style:
        yield "stroke-width:2px"


def broken(line: str) -> list[str]:
    """Split a line into pieces that Mermaid does not break: after blanks and slashes, else after dashes.

    >>> broken("us-east-1/aws/efs/automatic-backup-vault")
    ['us-east-1/aws/efs/', 'automatic-backup-vault']
    """
    pieces: list[str] = []
    for word in re.findall(r"[^ /]*[ /]|[^ /]+", line):
        small = [word] if LABEL.wide(word) <= WIDEST else re.findall(r"[^_-]*[_-]|[^_-]+", word)
        for piece in small:
            if pieces and LABEL.wide((pieces[-1] + piece).rstrip()) <= WIDEST:
                pieces[-1] += piece
            else:
                pieces.append(piece)
    return [piece.strip() for piece in pieces]


def _opening(cluster: Cluster) -> str:
    return f'subgraph {identifier(f"c-{cluster.id}")}["{escaped(cluster.label)}"]'


def _node(node: Node) -> str:
    opening, closing = SHAPES.get(node.kind, ("[", "]"))
    lines = (*node.shown, "―", *node.shown_folded) if node.folded else node.shown
    label = " " if node.kind == "initial" else joined(lines)
    return f'{identifier(node.id)}{opening}"{label}"{closing}:::{node.kind}'


def _sequence(diagram: Diagram) -> Iterator[str]:
    yield from head(diagram)
    yield "sequenceDiagram"
    yield from described(diagram)
    for node in diagram.nodes:
        yield f"  participant {identifier(node.id)} as {joined((*node.shown, *node.shown_folded))}"
    for edge in diagram.edges:
        yield f"  %% {edge.id}"
        said = joined([*edge.shown[:-1], f"({edge.shown[-1]})"] if edge.small else edge.shown) or " "
        yield f"  {identifier(edge.source)}{MESSAGES.get(edge.kind, '->>')}{identifier(edge.target)}: {said}"


def head(diagram: Diagram, *config: str) -> Iterator[str]:
    """The title and the configuration."""
    yield "---"
    # YAML in double quotes: Mermaid decodes no entities here, but interprets tags everywhere.
    yield "title: " + re.sub(r"[<>%]", lambda found: f"\\u{ord(found[0]):04x}", json.dumps(diagram.title))
    yield from config
    yield "---"


def described(diagram: Diagram) -> Iterator[str]:
    """The title and the description for screen readers."""
    yield f"  accTitle: {escaped(diagram.title)}"
    yield f"  accDescr: {escaped(f'{diagram.description} {diagram.caption}'.replace(chr(10), '; '))}"


def joined(lines: Iterable[str]) -> str:
    """Lines of one label."""
    return "<br/>".join(map(escaped, lines))


def escaped(text: str) -> str:
    """Replace special characters in a text by Mermaid entities."""
    return MEANINGFUL.sub(lambda found: f"#{ord(found[0])};", text)


# ---------------------------------------------------------------- state diagrams


def mermaid_state_text(diagram: Diagram) -> str:
    """The Mermaid source of a state diagram (`stateDiagram-v2`), which is shorter than a flowchart and has no colors.

    A sequence stays a sequence.
    """
    if diagram.form == "sequence":
        return mermaid_text(diagram)
    return "\n".join(_states(diagram)) + "\n"


def _states(diagram: Diagram) -> Iterator[str]:
    yield from head(diagram)
    yield "stateDiagram-v2"
    yield from described(diagram)
    yield f"  direction {diagram.direction}"
    initial = {node.id for node in diagram.nodes if node.kind == "initial"}
    yield from (line for line in blocks(diagram, _state, _frame, "}", "  ") if line.strip())
    for edge in diagram.edges:
        yield f"  %% {edge.id}"
        label = joined(piece for line in edge.unmarked for piece in broken(line))
        source = "[*]" if edge.source in initial else identifier(edge.source)
        yield f"  {source} --> {identifier(edge.target)}{f': {label}' if label else ''}"


def _frame(cluster: Cluster) -> str:
    return f'state "{escaped(cluster.label)}" as {identifier(f"c-{cluster.id}")} {{'


def _state(node: Node) -> str:
    if node.kind == "initial":
        return ""
    return f'state "{joined((*node.shown, *node.shown_folded))}" as {identifier(node.id)}'
