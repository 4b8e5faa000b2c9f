"""The files of the gallery: each picture in several formats, the page that shows them, and their numbers.

A picture is named by the command line that draws it, so that everybody can draw it again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from backup_slr.diagram.formats import TEXT
from backup_slr.diagram.formats.data_formats import cell
from backup_slr.diagram.formats.mermaid import legend_text
from backup_slr.diagram.graph import Diagram
from backup_slr.diagram.svg.document import source_hash
from backup_slr.diagram.views.traceability import Links
from backup_slr.lifecycle.pictures import PICTURES as NAMED

INLINE = 12
"""Mermaid with more edges than this is not drawn well by most; the README shows the SVG instead."""
LINKS = Links("../simulations", "../tests")
"""Where scenarios and tests lie as seen from the gallery."""
KEPT = {"dot": ".dot", "mermaid": ".mmd", "md": ".md"}
"""The text formats that are kept beside each SVG."""


@dataclass(frozen=True)
class GalleryPicture:
    """One of the gallery: its name, and what to say after ``backup-slr diagram``."""

    name: str
    arguments: tuple[str, ...]

    @property
    def command(self) -> str:
        """The command line that draws it."""
        return "backup-slr diagram " + " ".join(
            a if re.fullmatch(r"[\w./=-]+", a) else f"'{a}'" for a in self.arguments
        )


PICTURES = tuple(GalleryPicture(name, arguments) for name, arguments in NAMED.items())


def text_files(name: str, diagram: Diagram) -> dict[str, str]:
    """The files of a picture that are compared byte by byte."""
    return {f"{name}{suffix}": TEXT[form](diagram) for form, suffix in KEPT.items()}


def expected_toml(diagrams: Mapping[str, Diagram]) -> str:
    """The numbers behind each picture, so that a change of the rules shows as a change of numbers too."""
    lines = ["# The numbers behind each picture, written by 'backup-slr diagram --all'.", ""]
    for name, diagram in diagrams.items():
        lines.append(f"[{name}]")
        lines += [f"nodes = {len(diagram.nodes)}", f"edges = {len(diagram.edges)}"]
        lines += [f"{key} = {value}" for key, value in diagram.numbers.items()]
        lines += [f"source = {json.dumps(source_hash(diagram))}", ""]
    return "\n".join(lines)


def readme(diagrams: Mapping[GalleryPicture, Diagram]) -> str:
    """The page that shows all pictures."""
    lines = [
        "# The gallery",
        "",
        "Computed from the table of rules by `backup-slr diagram --all`, never drawn by hand; CI asks "
        "`backup-slr diagram --all --check` whether it is current. Each picture comes as SVG (light and dark, with "
        "tooltips), DOT, Mermaid, and as a table in words. Further formats: `--format png`, `plantuml`, `graphml`, "
        "`scxml`, `json`.",
        "",
        "[From sentence to rule to property to scenario to test](traceability.md): the traceability matrix, also as "
        "[HTML](traceability.html) and [CSV](traceability.csv).",
        "",
        *(f"- [{diagram.title}](#{picture.name})" for picture, diagram in diagrams.items()),
    ]
    for picture, diagram in diagrams.items():
        links = " · ".join(f"[{form}]({picture.name}{suffix})" for form, suffix in (("SVG", ".svg"), ("DOT", ".dot")))
        lines += ["", f'<a id="{picture.name}"></a>', "", f"## {diagram.title}", "", diagram.description, ""]
        lines += [f"`{picture.command}` · {links} · [Mermaid]({picture.name}.mmd) · [in words]({picture.name}.md)", ""]
        if _fit_for_mermaid(diagram):
            legend = (legend_text(diagram),) if diagram.form == "graph" else ()
            told = "; ".join((*diagram.caption.splitlines(), *legend))
            lines += ["```mermaid", TEXT["mermaid"](diagram).rstrip("\n"), "```", "", f"*{cell(told)}*"]
        else:
            lines.append(f"![{diagram.title}]({picture.name}.svg)")
    return "\n".join(lines) + "\n"


def _fit_for_mermaid(diagram: Diagram) -> bool:
    """Mermaid can draw it well: it is small, and no two labels lie on each other, as they do between the same boxes."""
    ends = [(e.source, e.target) for e in diagram.edges]
    return len(ends) <= INLINE and (diagram.form == "sequence" or len(set(ends)) == len(ends))
