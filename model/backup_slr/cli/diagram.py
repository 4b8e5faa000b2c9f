"""``backup-slr diagram``: one picture, or the gallery that documentation is given."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from backup_slr.cli.options import UsageError
from backup_slr.cli.output import note, write, write_bytes, write_json
from backup_slr.cli.parsers.draw import FORMATS
from backup_slr.cli.studio import BoundHit, Studio, check_name
from backup_slr.diagram.caption import model_text
from backup_slr.diagram.engines import RENDERERS, choose
from backup_slr.diagram.formats import PICTURES, SUFFIXES, TEXT
from backup_slr.diagram.gallery import PICTURES as GALLERY
from backup_slr.diagram.gallery import differences, expected_toml, readme, text_files
from backup_slr.diagram.graph import Diagram
from backup_slr.diagram.png import png_bytes
from backup_slr.diagram.raw import RAW_FORMATS, raw_text
from backup_slr.diagram.style import Theme
from backup_slr.diagram.svg import svg_text
from backup_slr.diagram.views.traceability import matrix_csv, matrix_documents, matrix_html, matrix_markdown
from backup_slr.errors import BadInput, MissingTool, unknown
from backup_slr.lifecycle import lifecycle

READABLE = 15
"""A state diagram with more arrows than this is told of as hard to read."""
THEMES: Mapping[str, Theme] = {"auto": "auto", "light": "light", "dark": "dark"}
TABLES = ("md", "html", "csv", "json")


def diagram(args: argparse.Namespace) -> int:
    """Draw one picture, or make or check the gallery."""
    try:
        if args.all:
            return _gallery(args)
        if args.check:
            raise UsageError("--check goes with --all")
        return _one(args)
    except BoundHit as error:
        note(f"backup-slr diagram: {error}")
        return 5


def _one(args: argparse.Namespace) -> int:
    check_name(args)
    form = _form(args)
    if args.name == "traceability":
        return _matrix(args, form)
    if form not in (*TEXT, *PICTURES):
        raise UsageError(
            f"--format {form} is for the table of traceability; {args.name} comes as {', '.join((*TEXT, *PICTURES))}"
        )
    if args.theme not in THEMES:
        raise UsageError(f"--theme: {unknown('theme', args.theme, THEMES)}")
    if args.renderer not in ("auto", *RENDERERS):
        raise UsageError(f"--renderer: {unknown('renderer', args.renderer, ('auto', *RENDERERS))}")
    if args.raw:
        return _raw(args, form)
    # A renderer that is missing is told of before anything is explored.
    renderer = choose(args.renderer) if form in PICTURES else ""
    found = Studio().diagram(args)
    if args.name == "lifecycle" and len(found.edges) > READABLE:
        note(f"{len(found.edges)} arrows are hard to read: a coarser --abstract takes more states together")
    if form == "png":
        theme: Theme = "light" if args.theme == "auto" else THEMES[args.theme]
        if args.output in (None, "-") and sys.stdout.isatty():
            raise UsageError("a PNG is nothing for a terminal: say -o FILE.png")
        write_bytes(png_bytes(svg_text(found, renderer, theme)), args.output)
    elif form == "svg":
        write((svg_text(found, renderer, THEMES[args.theme]),), args.output)
    else:
        write((TEXT[form](found),), args.output)
    return 0


def _form(args: argparse.Namespace) -> str:
    """The format that is asked for, by name or by the end of the file's name."""
    table = args.name == "traceability"
    if args.json:
        return "json"
    if args.format:
        aliases = {"mmd": "mermaid", "puml": "plantuml", "markdown": "md", "gv": "dot"}
        form = aliases.get(args.format, args.format)
        if form not in FORMATS:
            raise UsageError(f"--format: {unknown('format', form, FORMATS)}")
        return form
    if args.output and args.output != "-":
        suffix = Path(args.output).suffix.lower()
        if suffix not in SUFFIXES:
            raise UsageError(f"-o {args.output}: no format has this ending; say --format, one of {', '.join(FORMATS)}")
        return SUFFIXES[suffix]
    return "md" if table else "mermaid"


def _matrix(args: argparse.Namespace, form: str) -> int:
    if form not in TABLES:
        raise UsageError(f"traceability is a table: --format {', '.join(TABLES)}, not {form}")
    found = Studio().matrix(args)
    told = model_text(lifecycle().assuming())
    if form == "json":
        write_json({"schema_version": 1, "rows": matrix_documents(found)}, args.output)
    elif form == "csv":
        write((matrix_csv(found),), args.output)
    else:
        write(((matrix_html if form == "html" else matrix_markdown)(found, told),), args.output)
    return 0


def _raw(args: argparse.Namespace, form: str) -> int:
    if args.name != "reachable":
        raise UsageError("--raw goes with reachable")
    if form not in RAW_FORMATS:
        raise UsageError(f"every state is too much for a picture: --raw comes as {', '.join(RAW_FORMATS)}, not {form}")
    write(raw_text(Studio().reached(args), form), args.output)
    return 0


# ---------------------------------------------------------------- the gallery


def _gallery(args: argparse.Namespace) -> int:
    """Make every picture that documentation is given, or tell which of them are not current."""
    if args.name:
        raise UsageError(f"--all makes every picture: leave {args.name!r} out")
    folder = Path(args.output or "diagrams")
    studio = Studio()
    diagrams = {picture: studio.diagram(_arguments(picture.arguments)) for picture in GALLERY}
    named = {picture.name: found for picture, found in diagrams.items()}
    files = _text(studio, named)
    files["README.md"] = readme(diagrams)
    if args.check:
        found = list(differences(folder, files, named))
        for line in found:
            print(line)
        note(
            f"{len(found)} differ: make the gallery anew with 'backup-slr diagram --all'"
            if found
            else "the gallery is current"
        )
        return int(bool(found))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8", newline="")
        renderer = choose(args.renderer)
        for name, found in named.items():
            (folder / f"{name}.svg").write_text(svg_text(found, renderer), encoding="utf-8", newline="")
    except OSError as error:
        raise BadInput(f"cannot be written: {error.strerror or error}", str(folder)) from None
    except MissingTool:
        note(f"the text formats are in {folder}; the SVGs are not")
        raise
    note(f"{len(named)} pictures and the matrix of traceability in {folder}")
    return 0


def _arguments(words: tuple[str, ...]) -> argparse.Namespace:
    from backup_slr.cli.main import parser

    return parser("diagram").parse_args(["diagram", *words])


def _text(studio: Studio, diagrams: Mapping[str, Diagram]) -> dict[str, str]:
    files = {file: text for name, found in diagrams.items() for file, text in text_files(name, found).items()}
    found = studio.matrix(_arguments(("traceability",)))
    told = model_text(lifecycle().assuming())
    files |= {
        "traceability.md": matrix_markdown(found, told),
        "traceability.html": matrix_html(found, told),
        "traceability.csv": matrix_csv(found),
        "expected.toml": expected_toml(diagrams),
    }
    return files
