"""What a command line of ``diagram`` asks for: which picture, in which format; what does not go together is told."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from backup_slr.cli.options import MAX_STATES, UsageError
from backup_slr.cli.parsers.draw import FORMATS, NAMES
from backup_slr.diagram.formats import PICTURES, SUFFIXES, TEXT
from backup_slr.diagram.state_graph import RAW_FORMATS
from backup_slr.diagram.svg.renderers import RENDERERS
from backup_slr.errors import unknown

SUBJECTS = {"decision": "the action", "counterexample": "the property", "difference": "the old table and the new one"}
TABLES = ("md", "html", "csv", "json")
THEMES = ("auto", "light", "dark")
WAYS = ("console", "cli", "api")
ALIASES = {"mmd": "mermaid", "puml": "plantuml", "markdown": "md", "gv": "dot"}

EXPLORED = ("lifecycle", "reachable", "counterexample", "difference")
GOES_WITH: dict[str, tuple[str, ...]] = {
    "abstract": ("lifecycle", "reachable", "difference"),
    "via": ("teardown",),
    "scenario": ("sequence",),
    "trace": ("sequence",),
    "raw": ("reachable",),
    "scenarios": ("traceability",),
    "tests": ("traceability",),
    "regions": (*EXPLORED, "teardown"),
    "vaults": (*EXPLORED, "teardown"),
    "points": (*EXPLORED, "teardown"),
    "max_states": (*EXPLORED, "teardown"),
    "rules": tuple(name for name in NAMES if name != "difference"),
}
"""Which pictures an option says something about; what is not listed goes with all of them."""
USUAL = {"regions": 1, "vaults": 3, "points": 1, "max_states": MAX_STATES, "theme": "auto", "renderer": "auto"}
"""The values that options have when nobody gives them; the others have none."""


UNASKED = ("command", "name", "subject", "other", "table")
"""What is in the namespace and is no option."""


def given(args: argparse.Namespace) -> Iterator[str]:
    """The options that somebody gave, by their names in `args`."""
    for name, value in vars(args).items():
        if name not in UNASKED and value not in (None, False, []) and value != USUAL.get(name):
            yield name


def check(args: argparse.Namespace) -> None:
    """Complain about a picture that there is not, one that lacks what it is about, and options that say nothing of it.

    Raises
    ------
    UsageError
        With what would be right.
    """
    if args.all:
        _check_all(args)
        return
    if args.check:
        raise UsageError("--check goes with --all")
    _check_name(args)
    for name in given(args):
        fitting = GOES_WITH.get(name, NAMES)
        if args.name not in fitting:
            raise UsageError(f"{_option(name)} goes with {', '.join(fitting)}; {args.name} has no use for it")
    for name, value, kind, known in (
        ("theme", args.theme, "theme", THEMES),
        ("renderer", args.renderer, "renderer", ("auto", *RENDERERS)),
        ("via", args.via or WAYS[0], "way to ask", WAYS),
    ):
        if value not in known:
            raise UsageError(f"--{name}: {unknown(kind, value, known)}")
    form = form_of(args)
    if args.name != "traceability" and form not in (*TEXT, *PICTURES):
        forms = ", ".join((*TEXT, *PICTURES))
        raise UsageError(f"--format {form} is for the table of traceability; {args.name} comes as {forms}")
    if args.name == "traceability" and form not in TABLES:
        raise UsageError(f"traceability is a table: --format {', '.join(TABLES)}, not {form}")
    if args.raw and form not in RAW_FORMATS:
        raise UsageError(f"every state is too much for a picture: --raw comes as {', '.join(RAW_FORMATS)}, not {form}")
    if args.raw and args.abstract is not None:
        raise UsageError("--raw has every state as it is: leave --abstract out")
    for name in ("theme", "renderer"):
        if name in given(args) and form not in PICTURES:
            raise UsageError(f"--{name} is for {' and '.join(PICTURES)}; {form} has no use for it")


def _check_all(args: argparse.Namespace) -> None:
    """The gallery is always the same: nothing but where it is, who draws, and whether it is only checked."""
    if args.name:
        raise UsageError(f"--all makes every picture: leave {args.name!r} out")
    for name in given(args):
        if name not in ("all", "check", "output", "renderer", "timeout", "max_memory"):
            raise UsageError(f"--all makes the gallery as it is documented: leave {_option(name)} out")
    if args.renderer not in ("auto", *RENDERERS):
        raise UsageError(f"--renderer: {unknown('renderer', args.renderer, ('auto', *RENDERERS))}")


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _check_name(args: argparse.Namespace) -> None:
    if args.name not in NAMES:
        raise UsageError(
            unknown("diagram", args.name, NAMES) if args.name else f"say which: {', '.join(NAMES)}, or --all"
        )
    if args.subject is None and args.name in SUBJECTS:
        raise UsageError(f"{args.name}: say {SUBJECTS[args.name]} too, as 'backup-slr diagram {args.name} NAME'")
    if args.subject is not None and args.name not in SUBJECTS:
        raise UsageError(f"{args.name} takes no further word, not {args.subject!r}")
    if (args.other is not None) != (args.name == "difference"):
        wanted = "say both tables, the old one and the new one" if args.other is None else "one word too many"
        raise UsageError(f"{args.name}: {wanted}")


def form_of(args: argparse.Namespace) -> str:
    """The format that is asked for, by name or by the end of the file's name."""
    form = ALIASES.get(args.format, args.format)
    if form is not None and form not in FORMATS:
        raise UsageError(f"--format: {unknown('format', form, FORMATS)}")
    suffix = Path(args.output or "").suffix.lower()
    if args.json:
        said = form or SUFFIXES.get(suffix, "json")
        if said != "json":
            raise UsageError(f"--json is the same as --format json, and not {said}: say only one of them")
        return "json"
    if form:
        return form
    if args.output and args.output != "-":
        if suffix not in SUFFIXES:
            raise UsageError(f"-o {args.output}: no format has this ending; say --format, one of {', '.join(FORMATS)}")
        return SUFFIXES[suffix]
    return "md" if args.name == "traceability" else "mermaid"
