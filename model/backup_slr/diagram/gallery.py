"""The files of the gallery: each picture in several formats, the page that shows them, their numbers; are they current?

A picture is named by the command line that draws it, so that everybody can draw it again.

Text is compared byte by byte with what would be made now. A picture is drawn again where what drew it is there in the
same version, and compared byte by byte, too; where it is not, the hash of its source and everything that can be read in
it are compared.
"""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, ParseError

from backup_slr.diagram.formats import TEXT
from backup_slr.diagram.formats.data_formats import cell
from backup_slr.diagram.formats.mermaid import legend_text
from backup_slr.diagram.graph import Diagram
from backup_slr.diagram.svg.document import described, drawn_by, lost_edges, source_hash, svg_text
from backup_slr.diagram.svg.legend import legend
from backup_slr.diagram.svg.style_sheet import style_sheet
from backup_slr.diagram.svg.svg_classes import LABEL, SVG
from backup_slr.diagram.views.traceability import Links
from backup_slr.errors import BadInput
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
        return f"backup-slr diagram {shlex.join(self.arguments)}"


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


# ---------------------------------------------------------------- whether it is current


def need_folder(folder: Path) -> None:
    """Check that there is a folder to compare, before anything is computed.

    Raises
    ------
    BadInput
        When there is none.
    """
    if not folder.is_dir():
        raise BadInput("is no folder of diagrams; make it with 'backup-slr diagram --all'", str(folder))


def differences(
    folder: Path, files: Mapping[str, str], diagrams: Mapping[str, Diagram], renderers: Iterable[str]
) -> Iterator[str]:
    """What in a folder is not as it would be made now: a line for each file.

    Parameters
    ----------
    folder
        Where the gallery is kept.
    files
        The text files, by name.
    diagrams
        The pictures, by name.
    renderers
        Which renderers are there.
    """
    for name, text in files.items():
        file = folder / name
        if not file.is_file():
            yield f"{file} is missing"
        elif file.read_bytes() != text.encode():
            yield f"{file} is not current"
    there = list(renderers)
    for name, diagram in diagrams.items():
        file = folder / f"{name}.svg"
        if not file.is_file():
            yield f"{file} is missing"
        elif wrong := picture_is_wrong(file.read_text(encoding="utf-8", errors="replace"), diagram, there):
            yield f"{file} {wrong}"
    known = {*files, *(f"{name}.svg" for name in diagrams)}
    for file in sorted(folder.iterdir()):
        if file.name not in known:
            yield f"{file} is no part of the gallery"


def picture_is_wrong(text: str, diagram: Diagram, renderers: Iterable[str]) -> str:
    """In what an SVG is not the picture of a diagram; empty if it is."""
    try:
        root = ElementTree.fromstring(text)
    except ParseError as error:
        return f"is no SVG ({error})"
    source, _, by = (root.findtext(f"{{{SVG}}}metadata") or "").partition("; drawn by ")
    if source != f"source {source_hash(diagram)}":
        return "was drawn from something else"
    for renderer in renderers:
        if drawn_by(diagram, renderer) == by:
            return "" if svg_text(diagram, renderer) == text else "is not what is drawn now"
    wrong = next(_told_otherwise(root, diagram), "")
    return wrong and f"does not show {wrong} as it is"


def _told_otherwise(root: Element, diagram: Diagram) -> Iterator[str]:
    """What is missing in an SVG, or reads otherwise than it should."""
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{SVG}}}")
    groups = {group.get("id"): group for group in root.iter("g")}
    expected = [(n.id, n.told, [] if n.kind == "initial" else [*n.shown, *n.shown_folded]) for n in diagram.nodes]
    expected += [(e.id, e.told, [*e.shown]) for e in diagram.edges]
    for own, told, lines in expected:
        group = groups.get(f"{diagram.name}--{own}")
        label = groups.get(f"{diagram.name}--{own}{LABEL}", group)
        words = [] if label is None else [text.text for text in label.findall("text")]
        if group is None or group.findtext("title") != told or words != lines:
            yield own
    lines = [line for _, _, shown in expected for line in shown]
    lines += [t.text or "" for t in legend(diagram, 0, 0, 0)[1].iter("text")]
    title = " ".join(t.text or "" for t in root.iter("text") if t.get("class") == "title")
    others = Counter(t.text or "" for t in root.iter("text") if t.get("class") != "title")
    if others != Counter((*lines, *diagram.caption.splitlines())) or title != diagram.title:
        yield "its words"
    if [root.findtext(tag) for tag in ("title", "desc", "style")] != [
        diagram.title,
        described(diagram),
        style_sheet(diagram, "auto"),
    ]:
        yield "its title, description or colours"
    yield from lost_edges(root, diagram, f"{diagram.name}--")
