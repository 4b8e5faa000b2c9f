"""The picture of a kill matrix: for each group a row of squares per oracle, one per mutant, filled if killed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from backup_slr.diagram.svg.style_sheet import FACES, Theme, add, colored, faces, fit
from backup_slr.diagram.svg.svg_classes import SVG

SIDE, STEP, LEFT, TOP, GAP, MOST = 7.0, 9.0, 250.0, 62.0, 12.0, 80
"""The side of a square, the step to the next, the margins, the gap between groups; the most squares in a row."""
MARKS = {"noticed": "killed", "missed": "not killed", "equivalent": "equivalent", "survived": "survives"}


@dataclass(frozen=True)
class Square:
    """One mutant: its id, its verdict (killed, equivalent, survived), and how each oracle kills it."""

    id: str
    verdict: str
    cells: tuple[str, ...]


def kill_matrix_svg(
    title: str, caption: str, judges: Sequence[str], groups: Mapping[str, Sequence[Square]], theme: Theme = "auto"
) -> str:
    """The picture as SVG. Every square has a tooltip, and shows the verdict by its shape and its color."""
    root = Element("svg", {"xmlns": SVG, "id": "kill-matrix", "role": "img"})
    root.set("aria-labelledby", "kill-matrix-title kill-matrix-desc")
    add(root, "title", title, id="kill-matrix-title")
    add(root, "desc", caption, id="kill-matrix-desc")
    add(root, "style", _style(theme))
    paper = add(root, "rect", class_="paper")
    _text(root, 12, 22, title, "title")
    _text(root, 12, 40, caption, "caption")
    y = TOP
    for group, mutants in groups.items():
        _text(root, 12, y + SIDE, f"{group} ({len(mutants)})", "name")
        for start in range(0, len(mutants), MOST):
            for number, judge in enumerate(judges):
                if start == 0:
                    _text(root, LEFT - 8, y + SIDE, judge, "caption", "end")
                for place, mutant in enumerate(mutants[start : start + MOST]):
                    by = mutant.cells[number]
                    mark = mutant.verdict if mutant.verdict in MARKS else "noticed" if by else "missed"
                    square = _shape(root, LEFT + STEP * place, y, mark)
                    add(square, "title", f"{mutant.id}, {judge}: {by or MARKS[mark]}")
                y += STEP
            y += 3
        y += GAP
    x = LEFT
    for mark, means in MARKS.items():
        _shape(root, x, y, mark)
        _text(root, x + SIDE + 6, y + SIDE, means, "caption")
        x += SIDE + 6 + FACES["caption"].wide(means) + 20
    texts = [float(t.get("x") or 0) + FACES[t.get("class") or ""].wide(t.text or "") for t in root.iter("text")]
    width, height = max(LEFT + STEP * MOST, *texts) + 16, y + 24
    fit(root)
    for element in (paper, root):
        element.set("width", f"{width:g}")
        element.set("height", f"{height:g}")
    root.set("viewBox", f"0 0 {width:g} {height:g}")
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _shape(root: Element, x: float, y: float, mark: str) -> Element:
    if mark == "equivalent":
        return add(root, "path", class_=mark, d=f"M{x:g},{y + SIDE / 2:g}h{SIDE:g}")
    if mark == "survived":
        return add(root, "path", class_=mark, d=f"M{x:g},{y:g}l{SIDE:g},{SIDE:g}m{-SIDE:g},0l{SIDE:g},{-SIDE:g}")
    return add(root, "rect", class_=mark, x=x, y=y, width=SIDE, height=SIDE)


def _text(root: Element, x: float, y: float, text: str, kind: str, anchor: str = "start") -> None:
    add(root, "text", text, class_=kind, x=x, y=y, text_anchor=anchor)


def _style(theme: Theme) -> str:
    own = "#kill-matrix"
    return colored(
        own,
        [
            *faces(own),
            f"{own} .paper{{fill:var(--paper)}}",
            f"{own} .noticed{{fill:var(--blue);stroke:var(--blue)}}",
            f"{own} .missed{{fill:none;stroke:var(--line)}}",
            f"{own} .equivalent{{fill:none;stroke:var(--faint);stroke-width:1.5}}",
            f"{own} .survived{{fill:none;stroke:var(--vermillion);stroke-width:2}}",
        ],
        theme,
    )
