"""The look of each kind of node and edge: shape, line style and arrow first, color only beside them.

The hues are those of Okabe and Ito ("Color Universal Design", 2008), which people with the common colour vision
deficiencies can tell apart; as strokes they are darkened or lightened to a contrast of at least 3:1, and all text is at
4.5:1 or better against what lies behind it, in light and dark alike (a test computes both).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backup_slr.diagram.graph import EdgeKind, NodeKind

COLOURS = {
    "paper": ("#ffffff", "#15181c"),
    "ink": ("#1a1a1a", "#f0f0f0"),
    "faint": ("#5c5c5c", "#b4b4b4"),
    "line": ("#4d4d4d", "#b0b0b0", "#7d7d7d"),
    "box": ("#f5f7fa", "#23282e"),
    "blue": ("#0072b2", "#56a8e0", "#1f80c2"),
    "sky": ("#2383b5", "#8ccdf0"),
    "green": ("#00795a", "#2fc39a", "#0b8f6b"),
    "orange": ("#a86c00", "#e69f00", "#b37300"),
    "vermillion": ("#c04f00", "#f28a4a", "#d65f1e"),
    "bluebox": ("#e3f1fa", "#14293a"),
    "greenbox": ("#e2f4ee", "#12322a"),
    "orangebox": ("#fdf2dc", "#38290a"),
    "redbox": ("#fdebe0", "#3d2114"),
}
"""On light paper and on dark; of strokes a third one, which stands out on both."""
LIGHT: Mapping[str, str] = {name: shades[0] for name, shades in COLOURS.items()}
DARK: Mapping[str, str] = {name: shades[1] for name, shades in COLOURS.items()}
BETWEEN: Mapping[str, str] = {name: shades[2] for name, shades in COLOURS.items() if len(shades) > 2}
"""For formats that cannot tell which page they are on."""


@dataclass(frozen=True)
class NodeLook:
    """A shape of Graphviz, how the outline is drawn, the names of its colours, and what the legend calls it."""

    shape: str
    style: str
    stroke: str
    fill: str
    means: str
    peripheries: int = 1


@dataclass(frozen=True)
class EdgeLook:
    """How the line is drawn, its arrow head, the name of its colour, and what the legend calls it."""

    style: str
    arrow: str
    stroke: str
    means: str


NODES: Mapping[NodeKind, NodeLook] = {
    "initial": NodeLook("circle", "filled", "line", "line", "where it starts"),
    "state": NodeLook("box", "rounded,filled", "line", "box", "states taken together"),
    "moment": NodeLook("box", "rounded,filled", "line", "box", "the account after a step"),
    "final": NodeLook("box", "rounded,filled", "green", "greenbox", "what is wanted", 2),
    "action": NodeLook("box", "filled", "blue", "bluebox", "something to do"),
    "condition": NodeLook("hexagon", "filled", "line", "box", "a condition"),
    "chance": NodeLook("hexagon", "filled,dashed", "orange", "orangebox", "a condition that is a matter of chance"),
    "wait": NodeLook("ellipse", "filled,dashed", "orange", "orangebox", "time passes"),
    "work": NodeLook("box", "rounded,filled,dashed", "green", "greenbox", "something the service does"),
    "thing": NodeLook("box", "filled", "line", "box", "what an account has"),
    "done": NodeLook("box", "filled", "green", "greenbox", "it is done", 2),
    "refused": NodeLook("box", "filled,dashed", "vermillion", "redbox", "it is refused"),
    "failed": NodeLook("box", "filled,dotted", "vermillion", "redbox", "it failed"),
    "bad": NodeLook("box", "filled,bold", "vermillion", "redbox", "where it goes wrong", 2),
    "gained": NodeLook("box", "rounded,filled,bold", "green", "greenbox", "only after the change", 2),
    "lost": NodeLook("box", "rounded,filled,dashed", "vermillion", "redbox", "only before the change"),
    "note": NodeLook("box", "filled,dotted", "line", "paper", "what no arrow shows"),
    "lane": NodeLook("box", "filled", "line", "box", "who takes part"),
}
EDGES: Mapping[EdgeKind, EdgeLook] = {
    "start": EdgeLook("bold", "vee", "line", "how it starts"),
    "person": EdgeLook("solid", "normal", "blue", "a person asks"),
    "service": EdgeLook("dashed", "onormal", "green", "the service acts"),
    "might": EdgeLook("dotted", "tee", "orange", "might be refused: wait and try again"),
    "failed": EdgeLook("dashed", "diamond", "vermillion", "it fails"),
    "refused": EdgeLook("solid", "tee", "vermillion", "refused"),
    "blocks": EdgeLook("bold", "tee", "vermillion", "blocks"),
    "needs": EdgeLook("dashed", "vee", "blue", "needs"),
    "next": EdgeLook("solid", "vee", "line", "then"),
    "answer": EdgeLook("dotted", "normal", "line", "the answer"),
    "pause": EdgeLook("dotted", "onormal", "orange", "time passes"),
    "same": EdgeLook("dotted", "vee", "line", "as before"),
    "added": EdgeLook("bold", "onormal", "green", "added"),
    "removed": EdgeLook("dashed", "tee", "vermillion", "removed"),
    "loop": EdgeLook("bold", "normal", "vermillion", "and again, for ever"),
}
"""No two have both line and arrow head in common."""


def dashes(style: str) -> str:
    """The dashes of a style in CSS: how long, and how far apart; empty if the line is whole."""
    lengths = "5 3" if "dashed" in style else "1.5 3" if "dotted" in style else ""
    return lengths and f"stroke-dasharray:{lengths}"
