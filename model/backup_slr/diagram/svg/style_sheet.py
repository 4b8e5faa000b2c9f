"""The style sheet of a picture: colors as variables that follow the light or dark theme of the reader, or fixed colors.

Every text in a picture has one of the `FACES` as its class, which defines its size and weight, also for the layout.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal as Exactly
from typing import TypeAlias
from xml.etree.ElementTree import Element, SubElement

from backup_slr.diagram.graph import Diagram
from backup_slr.diagram.palette import DARK, EDGES, LIGHT, NODES, dashes
from backup_slr.diagram.svg.font_metrics import Face, exact

Theme: TypeAlias = Exactly["auto", "light", "dark"]
FAMILY = "Arial, Helvetica, 'Liberation Sans', Roboto, 'DejaVu Sans Condensed', sans-serif"


FACES: Mapping[str, Face] = {
    "title": Face(14, bold=True),
    "name": Face(11, bold=True),
    "label": Face(11),
    "said": Face(10),
    "small": Face(9),
    "caption": Face(10),
    "key": Face(10),
}
"""By class: the title of the picture, the name of a box and its other lines, the label of an arrow, small print, the
caption, and the legend."""
FAINT = ("small", "caption")


def style_sheet(diagram: Diagram, theme: Theme) -> str:
    """Rules for the kinds that occur in a diagram."""
    own = f"#{diagram.name}"
    rules = [
        *faces(own),
        f"{own} .edge text{{paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round}}",
        f"{own} .paper{{fill:var(--paper)}}",
        f"{own} .life{{stroke:var(--faint);stroke-dasharray:3 4}}",
    ]
    for kind in diagram.node_kinds:
        look = NODES[kind]
        drawn = ";".join(filter(None, (f"stroke:var(--{look.stroke})", f"fill:var(--{look.fill})", dashes(look.style))))
        rules.append(f"{own} .node.k-{kind} .shape{{{drawn}}}")
    if any(node.lit for node in diagram.nodes):
        rules.append(f"{own} .lit .shape{{stroke-width:3px}}")
    for kind in diagram.edge_kinds:
        stroke, line = f"stroke:var(--{EDGES[kind].stroke})", dashes(EDGES[kind].style)
        rules.append(f"{own} .k-{kind} .line{{{';'.join(filter(None, (stroke, 'fill:none', line)))}}}")
        rules.append(f"{own} .k-{kind} .head{{{stroke};fill:var(--{EDGES[kind].stroke})}}")
    if any(e.reach for e in diagram.edges):
        rules.append(f"{own} .mark .head{{stroke:var(--line);fill:var(--line)}}")
    # Last, so that it overrides the others: only the outline of these is drawn.
    rules += [f"{own} .node .shape.outline{{fill:none}}", f"{own} .edge .open{{fill:var(--paper)}}"]
    return colored(own, rules, theme)


def faces(own: str) -> list[str]:
    """Rules for the faces of text inside an element."""
    rules = [f"{own} text{{fill:var(--ink);font-family:{FAMILY}}}"]
    for name, face in FACES.items():
        faint = ";fill:var(--faint)" if name in FAINT else ""
        rules.append(f"{own} .{name}{{font-size:{face.size:g}px;font-weight:{700 if face.bold else 400}{faint}}}")
    return rules


def fit(root: Element) -> None:
    """Set the width of every text, so that it is the same in any typeface."""
    for text in root.iter("text"):
        said = text.text or ""
        if said and exact(said):
            text.set("textLength", f"{FACES[text.get('class', '')].wide(said):.1f}")
            text.set("lengthAdjust", "spacingAndGlyphs")


def add(parent: Element, tag: str, text: str = "", **attributes: str | float) -> Element:
    """A new element inside another one; ``class_`` stands for ``class``, and other underscores for dashes."""
    told = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    made = SubElement(parent, tag, {n: v if isinstance(v, str) else f"{v:g}" for n, v in told.items()})
    made.text = text
    return made


def colored(own: str, rules: Iterable[str], theme: Theme) -> str:
    """Rules with their colors: as variables on the element `own`, for light and dark, or fixed for one theme."""
    text = "\n".join(rules)
    if theme == "auto":
        light, dark = (";".join(f"--{name}:{value}" for name, value in all_.items()) for all_ in (LIGHT, DARK))
        return f"{own}{{{light}}}\n@media (prefers-color-scheme:dark){{{own}{{{dark}}}}}\n{text}"
    colors = LIGHT if theme == "light" else DARK
    return re.sub(r"var\(--(\w+)\)", lambda found: colors[found[1]], text)
