"""Compare a folder with the gallery as it would be made now.

Text is compared byte by byte. A picture is drawn again where what drew it is there in the same version, and compared
byte by byte, too; where it is not, the hash of its source and everything that can be read in it are compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, ParseError

from backup_slr.diagram.graph import Diagram
from backup_slr.diagram.svg.document import described, drawn_by, source_hash, svg_text
from backup_slr.diagram.svg.legend import legend
from backup_slr.diagram.svg.style_sheet import style_sheet
from backup_slr.diagram.svg.svg_classes import LABEL, SVG
from backup_slr.errors import BadInput


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
    for edge in diagram.edges:
        group = groups.get(f"{diagram.name}--{edge.id}")
        if group is None or not any(path.get("class") == "line" for path in group.findall("path")):
            yield edge.id
