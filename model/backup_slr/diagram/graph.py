"""The graph that every view returns and every renderer reads: nodes, edges and clusters.

It does not depend on AWS, formats or colors. Each node and edge has a *kind*; `palette` defines the look of each kind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.diagram.line_breaks import few, short, wrapped
from backup_slr.errors import printable

NodeKind: TypeAlias = Exactly[
    "initial",
    "state",
    "moment",
    "final",
    "action",
    "condition",
    "chance",
    "wait",
    "work",
    "thing",
    "done",
    "refused",
    "failed",
    "bad",
    "lane",
    "gained",
    "lost",
    "note",
]
EdgeKind: TypeAlias = Exactly[
    "start",
    "person",
    "service",
    "might",
    "failed",
    "refused",
    "blocks",
    "needs",
    "next",
    "answer",
    "pause",
    "loop",
    "same",
    "added",
    "removed",
]
Reach: TypeAlias = Exactly["", "some", "all"]

MOST_FOLDED = 6
"""The most folded lines that are drawn in a node; tables and data have all of them."""
LONGEST_FOLDED = 76
"""Longer folded lines are drawn with their first names and the number of the others."""
LONGEST_DRAWN = 100
"""Longer lines than this are cut in pictures; data formats have the whole lines."""
LONGEST_TEXT = 600
"""Longer lines than this are always cut in their middle."""
LONGEST_CAPTION = 120
"""The most letters on a line of the caption: longer lines would make pictures wider than their content."""
LONGEST_DESCRIPTION, LONGEST_NAME = 5_000, 60


@dataclass(frozen=True)
class Node:
    """A box: its lines (the first `heading` of them are its name), folded lines, and a tooltip.

    `folded` are lines for a second compartment: events that do not leave this node. `called` is its name in tables. A
    `lit` node is the present one.
    """

    id: str
    kind: NodeKind
    lines: tuple[str, ...]
    folded: tuple[str, ...] = ()
    tooltip: str = ""
    clauses: tuple[str, ...] = ()
    cluster: str = ""
    called: str = ""
    lit: bool = False
    heading: int = 1

    def __post_init__(self) -> None:
        _make_printable(self, "lines", "folded", "clauses", "called")
        object.__setattr__(self, "lines", self.lines or (self.id,))
        object.__setattr__(self, "called", self.called or " ".join(self.lines))

    @property
    def shown(self) -> tuple[str, ...]:
        """Its lines, each cut to the length that fits a picture."""
        return tuple(short(line, LONGEST_DRAWN) for line in self.lines)

    @property
    def shown_folded(self) -> tuple[str, ...]:
        """The folded lines that fit a picture."""
        lines = tuple(few(line, LONGEST_FOLDED) for line in self.folded)
        more = len(lines) - MOST_FOLDED
        return (*lines[:MOST_FOLDED], f"+{more} more") if more > 1 else lines

    @property
    def hint(self) -> str:
        """The text shown on hovering."""
        return self.tooltip or " ".join(self.lines)


@dataclass(frozen=True)
class Edge:
    """An arrow: `lines` describe the event, `small` cites clauses.

    `events` are the names of the actions that it represents, `order` its place in a sequence (from 1; 0: none).
    `reach` is *all* if each of them can happen in every state of the source, else *some*. At most `most` of its lines
    are drawn (0: all), wrapped to `wide` letters (0: as they are).
    """

    id: str
    source: str
    target: str
    kind: EdgeKind
    lines: tuple[str, ...] = ()
    tooltip: str = ""
    clauses: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    condition: str = ""
    reach: Reach = ""
    order: int = 0
    most: int = 0
    wide: int = 0

    def __post_init__(self) -> None:
        _make_printable(self, "lines", "condition", "clauses", "events")

    @property
    def small(self) -> str:
        """The line in small print: clauses."""
        return " ".join(self.clauses[:3]) + (" ..." if len(self.clauses) > 3 else "")

    @property
    def shown(self) -> tuple[str, ...]:
        """The lines of its label that fit a picture, the small print last."""
        more = len(self.lines) - self.most if self.most else 0
        lines = (*self.lines[: self.most], f"+{more} more") if more > 0 else self.lines
        lines = tuple(part for line in lines for part in wrapped(line, self.wide)) if self.wide else lines
        lines = (*lines, self.small) if self.small else lines
        return tuple(short(line, LONGEST_DRAWN) for line in lines)

    @property
    def unmarked(self) -> tuple[str, ...]:
        """The same for formats in which no mark at its tail shows its reach."""
        return (*self.shown, f"from {self.reach}") if self.reach else self.shown

    @property
    def hint(self) -> str:
        """The text shown on hovering."""
        return self.tooltip or " ".join(self.lines) or f"{self.source} to {self.target}"


@dataclass(frozen=True)
class Cluster:
    """A frame around nodes, optionally inside a larger one; each node names its cluster."""

    id: str
    label: str
    parent: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", _line(self.label) or self.id)


@dataclass(frozen=True)
class Diagram:
    """A whole picture.

    `title` and `description` are for readers who cannot see it. `caption` has its source and scope; `numbers` are
    counts that change with the rules. `form` is *graph*, or *sequence*: then nodes are lanes, and edges are messages in
    their order. `signs` are symbols in its labels, each with its meaning.
    """

    name: str
    title: str
    description: str
    caption: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    clusters: tuple[Cluster, ...] = ()
    direction: Exactly["LR", "TB"] = "TB"
    form: Exactly["graph", "sequence"] = "graph"
    numbers: dict[str, int] = field(default_factory=dict[str, int])
    signs: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", _line(self.title) or self.name)
        object.__setattr__(self, "description", _line(self.description, LONGEST_DESCRIPTION) or self.title)
        object.__setattr__(self, "caption", _lines(self.caption, LONGEST_DESCRIPTION))
        ids = [x.id for x in (*self.nodes, *self.edges, *self.clusters)]
        if len(set(ids)) < len(ids):
            raise ValueError(f"an id is used twice: {sorted(x for x in set(ids) if ids.count(x) > 1)}")
        known = {n.id for n in self.nodes}
        lost = [e.id for e in self.edges if e.source not in known or e.target not in known]
        if lost:
            raise ValueError(f"edges without a node: {lost}")

    @property
    def shown_caption(self) -> tuple[str, ...]:
        """The lines of the caption that fit a picture."""
        return tuple(part for line in self.caption.splitlines() for part in wrapped(line, LONGEST_CAPTION))

    @property
    def node_kinds(self) -> tuple[NodeKind, ...]:
        """The kinds of node that occur, in the order in which they do."""
        return tuple(dict.fromkeys(n.kind for n in self.nodes))

    @property
    def edge_kinds(self) -> tuple[EdgeKind, ...]:
        """The kinds of edge that occur, in the order in which they do."""
        return tuple(dict.fromkeys(e.kind for e in self.edges))

    def members(self, cluster: str) -> tuple[Node, ...]:
        """The nodes directly in a cluster (in none, for an empty name)."""
        return tuple(n for n in self.nodes if n.cluster == cluster)


def _make_printable(thing: Node | Edge, *names: str) -> None:
    """Make labels safe: names come from untrusted files and must not reverse text or leave their line.

    Empty lines are left out.
    """
    for name in names:
        value: str | tuple[str, ...] = getattr(thing, name)
        safe = _line(value) if isinstance(value, str) else tuple(line for line in map(_line, value) if line)
        object.__setattr__(thing, name, safe)
    object.__setattr__(thing, "tooltip", _lines(thing.tooltip))


def _lines(text: str, longest: int = LONGEST_TEXT) -> str:
    return "\n".join(filter(None, (_line(line, longest) for line in text.split("\n"))))


def _line(text: str, longest: int = LONGEST_TEXT) -> str:
    return printable(" ".join(text.split()), longest)


def name_of(kind: str, text: str) -> str:
    """The file name of a picture; a text that is cut or changed gets a hash, so that names stay unique.

    >>> name_of("sequence", "The console"), name_of("sequence", "☃")
    ('sequence-the-console', 'sequence-x-51643361')
    """
    found = slug(text.lower())
    if len(found) <= LONGEST_NAME and text.isascii():
        return f"{kind}-{found}"
    return f"{kind}-{found[:LONGEST_NAME].strip('-')}-{sha256(text.encode(errors='backslashreplace')).hexdigest()[:8]}"


def slug(text: str) -> str:
    """A text as a part of an id: letters, digits, and dashes.

    >>> slug("present, in use")
    'present-in-use'
    """
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in text).split()
    return "-".join(words) or "x"


def numbered(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """The same edges with unique ids: a second edge with the same id gets ``-2``, and so on."""
    seen: dict[str, int] = {}
    out: list[Edge] = []
    for edge in edges:
        seen[edge.id] = seen.get(edge.id, 0) + 1
        out.append(edge if seen[edge.id] == 1 else replace(edge, id=f"{edge.id}-{seen[edge.id]}"))
    return tuple(out)
