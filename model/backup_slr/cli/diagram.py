"""``backup-slr diagram``: one picture, or the gallery of the documentation."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from backup_slr.cli import app
from backup_slr.cli.check import scenario_clauses
from backup_slr.cli.citations import clauses_of_tests
from backup_slr.cli.diagram_builder import BoundHit, DiagramBuilder, Interrupted
from backup_slr.cli.diagram_options import check, form_of
from backup_slr.cli.files import together
from backup_slr.cli.listings import pictures_listed
from backup_slr.cli.parameters import UsageError
from backup_slr.cli.picture_options import DiagramOptions
from backup_slr.cli.render import note, write, write_bytes, write_json, write_lines
from backup_slr.diagram.caption import table_caption
from backup_slr.diagram.formats import PICTURES, TEXT
from backup_slr.diagram.gallery import (
    LINKS,
    GalleryPicture,
    differences,
    expected_toml,
    need_folder,
    readme,
    text_files,
)
from backup_slr.diagram.gallery import PICTURES as GALLERY
from backup_slr.diagram.graph import Diagram
from backup_slr.diagram.svg.document import svg_text
from backup_slr.diagram.svg.renderers import TooLarge, choose, png_bytes, renderers
from backup_slr.diagram.views.sequence import READABLE
from backup_slr.diagram.views.traceability import Links, matrix_csv, matrix_documents, matrix_html, matrix_markdown
from backup_slr.engine.core.model import Model
from backup_slr.errors import BadInput, MissingTool
from backup_slr.report.coverage import Covered, coverage

MOST_ARROWS = 25
"""The most arrows between states that are easy to read."""


def diagram(options: DiagramOptions) -> int:
    """Draw one picture, draw or check the gallery, or list the pictures."""
    if options.list:
        listed = pictures_listed()
        if options.json:
            write_json(listed.document(), options.output)
        else:
            write_lines(listed.text(), options.output)
        return 0
    check(options)
    try:
        return _gallery(options) if options.all else _one(options)
    except (BoundHit, TooLarge) as error:
        note(f"backup-slr diagram: {error}")
        return 5
    except Interrupted:
        note("interrupted: no picture was drawn, since a part would mislead")
        return 130


def _one(options: DiagramOptions) -> int:
    form = form_of(options)
    if options.name == "traceability":
        return _matrix(options, form)
    builder = DiagramBuilder()
    if form == "png" and options.output in (None, "-") and sys.stdout.isatty():
        raise UsageError("a PNG cannot be shown in a terminal: use -o FILE.png")
    # A missing renderer is reported before anything is explored.
    renderer = choose(options.renderer) if form in PICTURES else ""
    found = builder.diagram(options)
    _warn_if_hard_to_read(found)
    if form == "png":
        theme = "light" if options.theme == "auto" else options.theme
        write_bytes(png_bytes(svg_text(found, renderer, theme)), options.output)
    elif form == "svg":
        write((svg_text(found, renderer, options.theme),), options.output)
    else:
        write((TEXT[form](found),), options.output)
    return _finding(found, options.exit_code)


def _warn_if_hard_to_read(found: Diagram) -> None:
    """Warn about large pictures, except those of the gallery."""
    if found.name in {picture.name for picture in GALLERY}:
        return
    if found.form == "sequence" and len(found.edges) > READABLE:
        note(f"{len(found.edges)} messages are hard to read: draw a shorter scenario")
    elif found.name.startswith(("lifecycle", "reachable")) and len(found.edges) > MOST_ARROWS:
        note(f"{len(found.edges)} arrows are hard to read: try a coarser --abstract")


def _finding(found: Diagram, exit_code: bool) -> int:
    """The exit code: 1 for a missed expectation; for a difference only if it is requested."""
    if missed := found.numbers.get("missed"):
        note(f"{missed} expectation{'s'[: missed != 1]} of the scenario missed, as the picture shows (see 'simulate')")
        return 1
    if differing := found.numbers.get("differing"):
        behave = "behaves" if differing == 1 else "behave"
        note(f"{differing} action{'s'[: differing != 1]} {behave} differently ('diff' shows how)")
        return int(exit_code)
    return 0


def _covered(options: DiagramOptions) -> list[Covered]:
    """The traceability matrix."""
    clauses = scenario_clauses(options.scenarios, options.model.lifecycle)
    return coverage(options.model.lifecycle, options.model.model, clauses, clauses_of_tests(options.tests))


def _matrix(options: DiagramOptions, form: str) -> int:
    found = _covered(options)
    if form == "json":
        write_json({"schema_version": 1, "rows": matrix_documents(found)}, options.output)
    elif form == "csv":
        write((matrix_csv(found),), options.output)
    else:
        there = Path(options.output).parent if options.output not in (None, "-") else Path()
        folders = (
            os.path.relpath(folder, there) for folder in (options.scenarios or "simulations", options.tests or "tests")
        )
        make = matrix_html if form == "html" else matrix_markdown
        write((make(found, _counted(options.model.model, found), Links(*folders)),), options.output)
    return 0


def _counted(model: Model, found: list[Covered]) -> str:
    """The caption of the matrix: its numbers of clauses, rules, properties, scenarios and tests."""
    properties = len(model.properties) + 1  # every model has the property that all outcomes are reachable
    uncited = properties - len({name for row in found for name in row.properties})
    scenarios = len({name for row in found for name in row.scenarios})
    tests = len({name for row in found for name in row.tests})
    return (
        f"{table_caption(model)}; {len(found)} clauses, {len(model.rules)} rules, {properties} properties "
        f"({uncited} of which have no clause of the page), "
        f"{scenarios} scenarios, {tests} tests"
    )


# ---------------------------------------------------------------- the gallery


def _gallery(options: DiagramOptions) -> int:
    """Draw every picture of the gallery, or list the files that are not up to date."""
    folder = Path(options.output or "diagrams")
    if options.check:
        need_folder(folder)
    builder = DiagramBuilder()
    diagrams = {picture: builder.diagram(app.parse(["diagram", *picture.arguments])) for picture in GALLERY}
    named = {picture.name: found for picture, found in diagrams.items()}
    files = _text(diagrams, named)
    if options.check:
        found = list(differences(folder, files, named, [r.name for r in renderers() if r.version]))
        for line in found:
            print(line)
        note(
            f"{len(found)} differ: regenerate the gallery with 'backup-slr diagram --all'"
            if found
            else "the gallery is up to date"
        )
        return int(bool(found))
    missing: MissingTool | None = None
    try:
        renderer = choose(options.renderer)
        files |= {f"{name}.svg": svg_text(found, renderer) for name, found in named.items()}
    except MissingTool as error:
        missing = error
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise BadInput(f"cannot be written: {getattr(error, 'strerror', None) or error}", str(folder)) from None
    with together():
        for name, text in files.items():
            write_bytes(text.encode(), str(folder / name))
    if missing is not None:
        note(f"the text formats are in {folder}; the SVGs are not")
        raise missing
    note(f"{len(named)} pictures and the traceability matrix in {folder}")
    return 0


def _text(diagrams: Mapping[GalleryPicture, Diagram], named: Mapping[str, Diagram]) -> dict[str, str]:
    files = {file: text for name, found in named.items() for file, text in text_files(name, found).items()}
    options = app.parse(["diagram", "traceability"])
    found = _covered(options)
    under = _counted(options.model.model, found)
    return files | {
        "traceability.md": matrix_markdown(found, under, LINKS),
        "traceability.html": matrix_html(found, under, LINKS),
        "traceability.csv": matrix_csv(found),
        "expected.toml": expected_toml(named),
        "README.md": readme(diagrams),
    }
