"""The files of the gallery: pictures in several formats, a page of them, their numbers; and a check for changes.

Each picture has the command line that draws it.

The check regenerates text files and compares them byte by byte. It does the same for a picture if the same version of
its renderer is installed; otherwise it compares the hash of the source and all text in the picture.
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
from backup_slr.diagram.graph import Diagram
from backup_slr.diagram.svg.document import described, drawn_by, lost_edges, source_hash, svg_text
from backup_slr.diagram.svg.legend import legend
from backup_slr.diagram.svg.style_sheet import style_sheet
from backup_slr.diagram.svg.svg_classes import LABEL, SVG
from backup_slr.diagram.views.traceability import Links
from backup_slr.errors import BadInput
from backup_slr.lifecycle.pictures import PICTURES as NAMED

LINKS = Links("../simulations", "../tests")
"""The paths of scenarios and tests, relative to the gallery."""
KEPT = {"dot": ".dot", "mermaid": ".mmd", "md": ".md"}
"""The text formats in the gallery, with their suffixes."""


@dataclass(frozen=True)
class GalleryPicture:
    """A picture of the gallery: its name, the question that it answers, and the arguments of ``backup-slr diagram``."""

    name: str
    question: str
    arguments: tuple[str, ...]

    @property
    def command(self) -> str:
        """The command line that draws it."""
        return f"backup-slr diagram {shlex.join(self.arguments)}"


PICTURES = tuple(GalleryPicture(name, *entry) for name, entry in NAMED.items())


def text_files(name: str, diagram: Diagram) -> dict[str, str]:
    """The files of a picture that are compared byte by byte."""
    return {f"{name}{suffix}": TEXT[form](diagram) for form, suffix in KEPT.items()}


def expected_toml(diagrams: Mapping[str, Diagram]) -> str:
    """The counts of each picture, so that a change of the rules appears as a change of numbers."""
    lines = ["# The counts of each picture, written by 'backup-slr diagram --all'.", ""]
    for name, diagram in diagrams.items():
        lines.append(f"[{name}]")
        lines += [f"nodes = {len(diagram.nodes)}", f"edges = {len(diagram.edges)}"]
        lines += [f"{key} = {value}" for key, value in diagram.numbers.items()]
        lines += [f"source = {json.dumps(source_hash(diagram))}", ""]
    return "\n".join(lines)


def readme(diagrams: Mapping[GalleryPicture, Diagram]) -> str:
    """The page that shows all pictures, after a table from questions to pictures."""
    lines = [
        "# Diagrams",
        "",
        "| question | picture |",
        "|---|---|",
        *(f"| {cell(picture.question)} | [{cell(d.title)}](#{picture.name}) |" for picture, d in diagrams.items()),
        "| Which rules, properties, scenarios and tests cover a sentence of the AWS page? | "
        "[Traceability matrix](traceability.md) ([HTML](traceability.html), [CSV](traceability.csv)) |",
        "",
        "`backup-slr diagram --all` generates these files from the rules. CI runs `backup-slr diagram --all --check`, "
        "which fails if they are not up to date. Below each picture is the command that draws it; add "
        "`--format svg`, `png`, `dot`, `mermaid`, `mermaid-state`, `plantuml`, `md`, `graphml`, `scxml` or `json`, and "
        "`--labels english`, `aws` or `id`, `--full` for all details. "
        "Boxes and arrows of an SVG have tooltips with clauses and details.",
    ]
    for picture, diagram in diagrams.items():
        files = (("Mermaid", ".mmd"), ("DOT", ".dot"), ("table", ".md"))
        links = " · ".join(f"[{form}]({picture.name}{suffix})" for form, suffix in files)
        lines += ["", f'## <a id="{picture.name}"></a>{diagram.title}', "", picture.question]
        lines += ["", f"![{diagram.title}]({picture.name}.svg)", "", f"`{picture.command}` · {links}"]
    return "\n".join(lines) + "\n"


# ---------------------------------------------------------------- is it up to date?


def need_folder(folder: Path) -> None:
    """Check that the folder exists, before anything is computed. Raises `BadInput` when it does not exist."""
    if not folder.is_dir():
        raise BadInput("is not a folder of diagrams; create it with 'backup-slr diagram --all'", str(folder))


def differences(
    folder: Path, files: Mapping[str, str], diagrams: Mapping[str, Diagram], renderers: Iterable[str]
) -> Iterator[str]:
    """The files of a folder that are not up to date: a line for each.

    Parameters
    ----------
    folder
        The folder of the gallery.
    files
        The text files, by name.
    diagrams
        The pictures, by name.
    renderers
        The installed renderers.
    """
    for name, text in files.items():
        file = folder / name
        if not file.is_file():
            yield f"{file} is missing"
        elif file.read_bytes() != text.encode():
            yield f"{file} is not up to date"
    there = list(renderers)
    for name, diagram in diagrams.items():
        file = folder / f"{name}.svg"
        if not file.is_file():
            yield f"{file} is missing"
        elif wrong := picture_is_wrong(file.read_text(encoding="utf-8", errors="replace"), diagram, there):
            yield f"{file} {wrong}"
    known = {*files, *(f"{name}.svg" for name in diagrams)}
    for file in sorted(folder.iterdir()):
        # Screenshots are taken, not drawn from the rules.
        if file.name not in known and file.suffix != ".png":
            yield f"{file} does not belong to the gallery"


def picture_is_wrong(text: str, diagram: Diagram, renderers: Iterable[str]) -> str:
    """Describe how an SVG differs from the picture of a diagram; empty if it does not."""
    try:
        root = ElementTree.fromstring(text)
    except ParseError as error:
        return f"is not an SVG ({error})"
    source, _, by = (root.findtext(f"{{{SVG}}}metadata") or "").partition("; drawn by ")
    if source != f"source {source_hash(diagram)}":
        return "was drawn from a different source"
    for renderer in renderers:
        if drawn_by(diagram, renderer) == by:
            return "" if svg_text(diagram, renderer) == text else "differs from the new picture"
    wrong = next(_differing(root, diagram), "")
    return wrong and f"does not show {wrong} correctly"


def _differing(root: Element, diagram: Diagram) -> Iterator[str]:
    """The parts that are missing in an SVG, or have a different text."""
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{SVG}}}")
    groups = {group.get("id"): group for group in root.iter("g")}
    expected = [(n.id, n.hint, [] if n.kind == "initial" else [*n.shown, *n.shown_folded]) for n in diagram.nodes]
    expected += [(e.id, e.hint, [*e.shown]) for e in diagram.edges]
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
        yield "its title, description or colors"
    yield from lost_edges(root, diagram, f"{diagram.name}--")
