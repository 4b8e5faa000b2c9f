"""The style sheet of a picture: colours as variables that follow the reader's light or dark, or settled for one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.diagram.graph import Diagram
from backup_slr.diagram.palette import DARK, EDGES, LIGHT, NODES

Theme: TypeAlias = Exactly["auto", "light", "dark"]
FAMILY = "Roboto, 'Open Sans', 'Segoe UI', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"


def style_sheet(diagram: Diagram, theme: Theme) -> str:
    """Rules for the kinds that occur in a diagram."""
    own = f"#{diagram.name}"
    rules = [
        f"{own} text{{fill:var(--ink);font-family:{FAMILY};font-size:11px}}",
        f"{own} .small{{fill:var(--faint);font-size:9px}}",
        f"{own} .name{{font-weight:600}}",
        f"{own} .edge text{{font-size:10px;paint-order:stroke;stroke:var(--paper);stroke-width:3px}}",
        f"{own} .edge text.small{{font-size:9px}}",
        f"{own} .legend text{{font-size:10px}}",
        f"{own} text.title{{font-size:14px;font-weight:600}}",
        f"{own} .caption,{own} .k-cluster text{{fill:var(--faint);font-size:10px}}",
        f"{own} .paper{{fill:var(--paper)}}",
        f"{own} .k-cluster path,{own} .k-cluster polygon{{fill:none;stroke:var(--faint)}}",
        f"{own} .life{{stroke:var(--faint);stroke-dasharray:3 4}}",
    ]
    for kind in diagram.node_kinds:
        look = NODES[kind]
        rules.append(f"{own} .node.k-{kind} .shape{{stroke:var(--{look.stroke});fill:var(--{look.fill})}}")
    for kind in diagram.edge_kinds:
        look = EDGES[kind]
        rules.append(f"{own} .k-{kind} .line{{stroke:var(--{look.stroke});fill:none}}")
        rules.append(f"{own} .k-{kind} .head{{stroke:var(--{look.stroke});fill:var(--{look.stroke})}}")
    if any(e.reach for e in diagram.edges):
        rules.append(f"{own} .mark .head{{stroke:var(--line);fill:var(--line)}}")
    # Behind the others, so that it wins: only the outline of these is drawn.
    rules += [f"{own} .node .shape.outline{{fill:none}}", f"{own} .edge .open{{fill:var(--paper)}}"]
    return coloured(own, rules, theme)


def coloured(own: str, rules: Iterable[str], theme: Theme) -> str:
    """Rules with their colours: as variables on the element `own`, light and dark, or as they are in one theme."""
    text = "\n".join(rules)
    if theme == "auto":
        return (
            f"{own}{{{_variables(LIGHT)}}}\n@media (prefers-color-scheme:dark){{{own}{{{_variables(DARK)}}}}}\n{text}"
        )
    colours = LIGHT if theme == "light" else DARK
    return re.sub(r"var\(--(\w+)\)", lambda found: colours[found[1]], text)


def _variables(colours: Mapping[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in colours.items())
