"""The look of each kind of node and edge. Shape, line style and arrow distinguish kinds; color only adds to them.

The hues are those of Okabe and Ito ("Color Universal Design", 2008), which readers with common color vision
deficiencies can distinguish; as strokes they are darkened or lightened to a contrast of at least 3:1. All text has a
contrast of at least 4.5:1 with its background, in light and dark (a test computes both).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backup_slr.diagram.graph import EdgeKind, NodeKind

COLORS = {
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
"""On a light page and on a dark one; strokes have a third color, which is visible on both."""
LIGHT: Mapping[str, str] = {name: shades[0] for name, shades in COLORS.items()}
DARK: Mapping[str, str] = {name: shades[1] for name, shades in COLORS.items()}
BETWEEN: Mapping[str, str] = {name: shades[2] for name, shades in COLORS.items() if len(shades) > 2}
"""For formats that do not know the color of the page."""


@dataclass(frozen=True)
class NodeLook:
    """A shape of Graphviz, the style of its outline, the names of its colors, and its text in the legend."""

    shape: str
    style: str
    stroke: str
    fill: str
    means: str
    peripheries: int = 1


@dataclass(frozen=True)
class EdgeLook:
    """The style of the line, its arrow head, the name of its color, and its text in the legend."""

    style: str
    arrow: str
    stroke: str
    means: str


NODES: Mapping[NodeKind, NodeLook] = {
    "initial": NodeLook("circle", "filled", "line", "line", "initial state"),
    "state": NodeLook("box", "rounded,filled", "line", "box", "a group of states"),
    "moment": NodeLook("box", "rounded,filled", "line", "box", "state after a step"),
    "final": NodeLook("box", "rounded,filled", "green", "greenbox", "goal", 2),
    "action": NodeLook("box", "filled", "blue", "bluebox", "user request"),
    "condition": NodeLook("hexagon", "filled", "line", "box", "a condition"),
    "chance": NodeLook("hexagon", "filled,dashed", "orange", "orangebox", "a condition that depends on chance"),
    "wait": NodeLook("ellipse", "filled,dashed", "orange", "orangebox", "wait"),
    "work": NodeLook("box", "rounded,filled,dashed", "green", "greenbox", "service action"),
    "thing": NodeLook("box", "filled", "line", "box", "resource"),
    "done": NodeLook("box", "filled", "green", "greenbox", "done", 2),
    "refused": NodeLook("box", "filled,dashed", "vermillion", "redbox", "refused"),
    "failed": NodeLook("box", "filled,dotted", "vermillion", "redbox", "failed"),
    "bad": NodeLook("box", "filled,bold", "vermillion", "redbox", "violation", 2),
    "gained": NodeLook("box", "rounded,filled,bold", "green", "greenbox", "only after the change", 2),
    "lost": NodeLook("box", "rounded,filled,dashed", "vermillion", "redbox", "only before the change"),
    "note": NodeLook("box", "filled,dotted", "line", "paper", "not shown by an arrow"),
    "lane": NodeLook("box", "filled", "line", "box", "participant"),
}
EDGES: Mapping[EdgeKind, EdgeLook] = {
    "start": EdgeLook("bold", "vee", "line", "initial state"),
    "person": EdgeLook("solid", "normal", "blue", "user request"),
    "service": EdgeLook("dashed", "onormal", "green", "service action"),
    "might": EdgeLook("dotted", "tee", "orange", "may be refused: wait and retry"),
    "failed": EdgeLook("dashed", "diamond", "vermillion", "fails"),
    "refused": EdgeLook("solid", "tee", "vermillion", "refused"),
    "blocks": EdgeLook("bold", "tee", "vermillion", "blocks"),
    "needs": EdgeLook("dashed", "vee", "blue", "needs"),
    "next": EdgeLook("solid", "vee", "line", "next"),
    "answer": EdgeLook("dotted", "normal", "line", "response"),
    "pause": EdgeLook("dotted", "onormal", "orange", "wait"),
    "same": EdgeLook("dotted", "vee", "line", "unchanged"),
    "added": EdgeLook("bold", "onormal", "green", "added"),
    "removed": EdgeLook("dashed", "tee", "vermillion", "removed"),
    "loop": EdgeLook("bold", "normal", "vermillion", "repeats forever"),
}
"""No two kinds have the same line and the same arrow head."""


def dashes(style: str) -> str:
    """The dashes of a style in CSS; empty if the line is solid."""
    lengths = "5 3" if "dashed" in style else "1.5 3" if "dotted" in style else ""
    return lengths and f"stroke-dasharray:{lengths}"
