"""Which options of ``diagram`` go together, and in which format its picture comes."""

from __future__ import annotations

from pathlib import Path

from backup_slr.cli.command_options import DIAGRAMS, FORMATS, DiagramOptions
from backup_slr.cli.options import LIFECYCLE
from backup_slr.cli.parameters import UsageError
from backup_slr.diagram.formats import PICTURES, SUFFIXES, TEXT
from backup_slr.diagram.state_graph import RAW_FORMATS
from backup_slr.errors import unknown

SUBJECTS = {"decision": "the action", "counterexample": "the property", "difference": "the old table and the new one"}
TABLES = ("md", "html", "csv", "json")
EXPLORED = ("lifecycle", "reachable", "counterexample", "difference")
GOES_WITH: dict[str, tuple[str, ...]] = {
    "--abstract": ("lifecycle", "reachable", "difference"),
    "--via": ("teardown",),
    "--scenario": ("sequence",),
    "--trace": ("sequence",),
    "--raw": ("reachable",),
    "--exit-code": ("difference",),
    "--scenarios": ("traceability",),
    "--tests": ("traceability",),
    **{f"--{option.name}": (*EXPLORED, "teardown") for option in LIFECYCLE.scope_options},
    "--max-states": (*EXPLORED, "teardown"),
    "--rules": tuple(name for name in DIAGRAMS if name != "difference"),
}
"""Which pictures an option says something about; what is not listed goes with all of them."""
WITH_ALL = ("--all", "--check", "--output", "--renderer", "--timeout", "--max-memory")


def check(options: DiagramOptions) -> None:
    """Complain about a picture that does not exist, one without its subject, and options that it has no use for.

    Raises
    ------
    UsageError
        With what would be right.
    """
    if options.all:
        _check_all(options)
        return
    if options.check:
        raise UsageError("--check goes with --all")
    name = _check_name(options)
    for option in options.given:
        fitting = GOES_WITH.get(option, DIAGRAMS)
        if name not in fitting:
            raise UsageError(f"{option} goes with {', '.join(fitting)}; {name} has no use for it")
    form = form_of(options)
    if name != "traceability" and form not in (*TEXT, *PICTURES):
        forms = ", ".join((*TEXT, *PICTURES))
        raise UsageError(f"--format {form} is for the table of traceability; {name} comes as {forms}")
    if name == "traceability" and form not in TABLES:
        raise UsageError(f"traceability is a table: --format {', '.join(TABLES)}, not {form}")
    if options.raw and form not in RAW_FORMATS:
        raise UsageError(f"every state is too much for a picture: --raw comes as {', '.join(RAW_FORMATS)}, not {form}")
    if options.raw and options.abstract is not None:
        raise UsageError("--raw has every state as it is: leave --abstract out")
    for option in ("--theme", "--renderer"):
        if option in options.given and form not in PICTURES:
            raise UsageError(f"{option} is for {' and '.join(PICTURES)}; {form} has no use for it")


def _check_all(options: DiagramOptions) -> None:
    """The gallery is always the same: nothing but where it is, who draws, and whether it is only checked."""
    if options.name:
        raise UsageError(f"--all makes every picture: leave {options.name!r} out")
    for option in options.given:
        if option not in WITH_ALL:
            raise UsageError(f"--all makes the gallery as it is documented: leave {option} out")


def _check_name(options: DiagramOptions) -> str:
    name = options.name
    if not name:
        raise UsageError(f"say which: {', '.join(DIAGRAMS)}, or --all")
    if name not in DIAGRAMS:
        raise UsageError(unknown("diagram", name, DIAGRAMS))
    if options.subject is None and name in SUBJECTS:
        raise UsageError(f"{name}: say {SUBJECTS[name]} too, as 'backup-slr diagram {name} NAME'")
    if options.subject is not None and name not in SUBJECTS:
        raise UsageError(f"{name} takes no further word, not {options.subject!r}")
    if (options.other is not None) != (name == "difference"):
        why = "say both tables, the old one and the new one" if options.other is None else "one word too many"
        raise UsageError(f"{name}: {why}")
    return name


def form_of(options: DiagramOptions) -> str:
    """The format that is asked for, by name or by the end of the file's name."""
    suffix = Path(options.output or "").suffix.lower()
    if options.json:
        said = options.format or SUFFIXES.get(suffix, "json")
        if said != "json":
            raise UsageError(f"--json is the same as --format json, and not {said}: say only one of them")
        return "json"
    if options.format:
        return options.format
    if options.output and options.output != "-":
        if suffix not in SUFFIXES:
            forms = ", ".join(FORMATS)
            raise UsageError(f"-o {options.output}: no format has this ending; say --format, one of {forms}")
        return SUFFIXES[suffix]
    return "md" if options.name == "traceability" else "mermaid"
