"""``backup-slr diagram``: one picture, or the gallery that documentation is given."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from backup_slr.cli.files import together
from backup_slr.cli.options import UsageError, the_model
from backup_slr.cli.output import note, write, write_bytes, write_json
from backup_slr.cli.studio import BoundHit, Interrupted, Studio
from backup_slr.cli.wanted import check, form_of
from backup_slr.diagram.caption import table_caption
from backup_slr.diagram.formats import PICTURES, TEXT
from backup_slr.diagram.gallery import LINKS, Picture, expected_toml, readme, text_files
from backup_slr.diagram.gallery import PICTURES as GALLERY
from backup_slr.diagram.graph import Diagram
from backup_slr.diagram.staleness import differences, need_folder
from backup_slr.diagram.state_graph import state_graph_text
from backup_slr.diagram.svg.document import svg_text
from backup_slr.diagram.svg.png import TooLarge, png_bytes
from backup_slr.diagram.svg.renderers import choose, renderers
from backup_slr.diagram.svg.style_sheet import Theme
from backup_slr.diagram.views.sequence import READABLE
from backup_slr.diagram.views.traceability import (
    Links,
    matrix_csv,
    matrix_documents,
    matrix_html,
    matrix_markdown,
)
from backup_slr.engine.core.model import Model
from backup_slr.errors import BadInput, MissingTool
from backup_slr.report.coverage import Covered
from backup_slr.report.names import usual_names

THEMES: Mapping[str, Theme] = {"auto": "auto", "light": "light", "dark": "dark"}


def diagram(args: argparse.Namespace) -> int:
    """Draw one picture, or make or check the gallery."""
    check(args)
    try:
        return _gallery(args) if args.all else _one(args)
    except (BoundHit, TooLarge) as error:
        note(f"backup-slr diagram: {error}")
        return 5
    except Interrupted:
        note("interrupted: a picture of a part would mislead, so there is none")
        return 130


def _one(args: argparse.Namespace) -> int:
    form = form_of(args)
    if args.name == "traceability":
        return _matrix(args, form)
    studio = Studio()
    if args.raw:
        names = usual_names(args.regions, args.vaults)
        write(state_graph_text(studio.reached(args, the_model(args)), form, names), args.output)
        return 0
    if form == "png" and args.output in (None, "-") and sys.stdout.isatty():
        raise UsageError("a PNG is nothing for a terminal: say -o FILE.png")
    # A renderer that is missing is told of before anything is explored.
    renderer = choose(args.renderer) if form in PICTURES else ""
    found = studio.diagram(args)
    if found.form == "sequence" and len(found.edges) > READABLE:
        note(f"{len(found.edges)} messages are hard to read: a picture of a shorter scenario tells more")
    if form == "png":
        theme: Theme = "light" if args.theme == "auto" else THEMES[args.theme]
        write_bytes(png_bytes(svg_text(found, renderer, theme)), args.output)
    elif form == "svg":
        write((svg_text(found, renderer, THEMES[args.theme]),), args.output)
    else:
        write((TEXT[form](found),), args.output)
    return _finding(found)


def _finding(found: Diagram) -> int:
    """The exit code: a missed expectation and a difference are findings, which other commands tell in detail."""
    if missed := found.numbers.get("missed"):
        note(f"{missed} expectation{'s'[: missed != 1]} of the scenario missed, as the picture says (see 'simulate')")
        return 1
    if differing := found.numbers.get("differing"):
        note(f"{differing} action{'s'[: differing != 1]} answered otherwise ('diff' tells how to see it)")
        return 1
    return 0


def _matrix(args: argparse.Namespace, form: str) -> int:
    found = Studio().matrix(args)
    if form == "json":
        write_json({"schema_version": 1, "rows": matrix_documents(found)}, args.output)
    elif form == "csv":
        write((matrix_csv(found),), args.output)
    else:
        there = Path(args.output).parent if args.output not in (None, "-") else Path()
        folders = (
            os.path.relpath(folder, there) for folder in (args.scenarios or "simulations", args.tests or "tests")
        )
        make = matrix_html if form == "html" else matrix_markdown
        write((make(found, _counted(the_model(args), found), Links(*folders)),), args.output)
    return 0


def _counted(model: Model, found: list[Covered]) -> str:
    """The caption of the matrix: how much of what there is in it."""
    properties = len(model.properties) + 1  # that every action can end in each of its ways is one, of every model
    uncited = properties - len({name for row in found for name in row.properties})
    scenarios = len({name for row in found for name in row.scenarios})
    tests = len({name for row in found for name in row.tests})
    return (
        f"{table_caption(model)}; {len(found)} clauses, {len(model.rules)} rules, {properties} properties "
        f"({uncited} of which have no clause of the page), "
        f"{scenarios} scenarios, {tests} tests"
    )


# ---------------------------------------------------------------- the gallery


def _gallery(args: argparse.Namespace) -> int:
    """Make every picture that documentation is given, or tell which of them are not current."""
    folder = Path(args.output or "diagrams")
    wanted = [word for picture in GALLERY for word in picture.arguments if word.endswith(".toml")]
    if absent := [file for file in wanted if not Path(file).is_file()]:
        raise BadInput(
            "not here: the gallery draws scenarios of the source checkout, so make it there, or draw single pictures "
            "with 'backup-slr diagram NAME'",
            absent[0],
        )
    if args.check:
        need_folder(folder)
    studio = Studio()
    diagrams = {picture: studio.diagram(_arguments(picture.arguments)) for picture in GALLERY}
    named = {picture.name: found for picture, found in diagrams.items()}
    files = _text(studio, diagrams)
    if args.check:
        found = list(differences(folder, files, named, [r.name for r in renderers() if r.version]))
        for line in found:
            print(line)
        note(
            f"{len(found)} differ: make the gallery anew with 'backup-slr diagram --all'"
            if found
            else "the gallery is current"
        )
        return int(bool(found))
    missing: MissingTool | None = None
    try:
        renderer = choose(args.renderer)
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
    note(f"{len(named)} pictures and the matrix of traceability in {folder}")
    return 0


def _arguments(words: tuple[str, ...]) -> argparse.Namespace:
    from backup_slr.cli.commands import parser

    return parser("diagram").parse_args(["diagram", *words])


def _text(studio: Studio, diagrams: Mapping[Picture, Diagram]) -> dict[str, str]:
    named = {picture.name: found for picture, found in diagrams.items()}
    files = {file: text for name, found in named.items() for file, text in text_files(name, found).items()}
    args = _arguments(("traceability",))
    found = studio.matrix(args)
    told = _counted(the_model(args), found)
    return files | {
        "traceability.md": matrix_markdown(found, told, LINKS),
        "traceability.html": matrix_html(found, told, LINKS),
        "traceability.csv": matrix_csv(found),
        "expected.toml": expected_toml(named),
        "README.md": readme(diagrams),
    }
