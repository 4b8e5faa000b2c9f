"""Checks of the options of ``diagram``, and the format of its picture."""

from __future__ import annotations

from pathlib import Path

from backup_slr.cli.choices import DIAGRAMS, by_suffix
from backup_slr.cli.model_options import LIFECYCLE
from backup_slr.cli.parameters import UsageError, writable
from backup_slr.cli.picture_options import DiagramOptions
from backup_slr.diagram.formats import DATA, PICTURES, SUFFIXES, TEXT
from backup_slr.diagram.labels import BRIEF
from backup_slr.errors import unknown

SUBJECTS = {"decision": "the action", "counterexample": "the property", "difference": "the old and the new rules"}
TABLES = ("md", "html", "csv", "json")
EXPLORED = ("lifecycle", "reachable", "counterexample", "difference")
LABELED = tuple(name for name in DIAGRAMS if name != "traceability")
GOES_WITH: dict[str, tuple[str, ...]] = {
    "--abstract": ("lifecycle", "reachable", "difference"),
    "--via": ("teardown",),
    "--scenario": ("sequence",),
    "--trace": ("sequence",),
    "--exit-code": ("difference",),
    "--labels": LABELED,
    "--full": BRIEF,
    "--brief": LABELED,
    "--scenarios": ("traceability",),
    "--tests": ("traceability",),
    **{f"--{option.name}": EXPLORED for option in LIFECYCLE.scope_options},
    "--max-states": EXPLORED,
    "--account": ("lifecycle", "reachable", "teardown", "dependencies"),
    "--rules": tuple(name for name in DIAGRAMS if name != "difference"),
}
"""The pictures that an option applies to; options that are not listed apply to all."""
WITH_ALL = ("--all", "--check", "--output", "--renderer", "--timeout", "--max-memory")


INSTEAD = {
    "sequence": "to draw requests in an account: witness EXPR --account FILE --scenario -o RUN; then --scenario RUN",
    "decision": "to check a request in an account: explain ACTION PLACE --account FILE",
    "counterexample": "to check a property in an account: check --property ID --account FILE",
    "difference": "to compare rules in an account: diff OLD NEW --account FILE",
}
"""What to do instead for an account."""


def check(options: DiagramOptions) -> None:
    """Reject an unknown picture, a missing subject, and options that do not apply.

    Raises
    ------
    UsageError
        With the right usage.
    """
    if options.all:
        _check_all(options)
        return
    if options.check:
        raise UsageError("--check goes with --all")
    if options.full and options.brief:
        raise UsageError("--full and --brief are opposites: use one of them")
    name = _check_name(options)
    for option in options.given:
        fitting = GOES_WITH.get(option, tuple(DIAGRAMS))
        if name not in fitting:
            other = f"; {INSTEAD[name]}" if option == "--account" and name in INSTEAD else ""
            raise UsageError(f"{option} goes with {', '.join(fitting)}, not with {name}{other}")
    form = form_of(options)
    writable(options.output or "-")
    if name != "traceability" and form not in (*TEXT, *PICTURES):
        forms = ", ".join((*TEXT, *PICTURES))
        raise UsageError(f"--format {form} is for traceability; the formats of {name} are {forms}")
    if name == "traceability" and form not in TABLES:
        raise UsageError(f"traceability is a table: --format {', '.join(TABLES)}, not {form}")
    for option in ("--theme", "--renderer"):
        if option in options.given and form not in PICTURES:
            raise UsageError(f"{option} is for {' and '.join(PICTURES)}, not for {form}")


def _check_all(options: DiagramOptions) -> None:
    """Reject options that would change the gallery."""
    if options.name:
        raise UsageError(f"--all draws every picture: leave {options.name!r} out")
    for option in options.given:
        if option not in WITH_ALL:
            raise UsageError(f"--all draws the gallery as it is documented: leave {option} out")


def _check_name(options: DiagramOptions) -> str:
    name = options.name
    if not name:
        raise UsageError("name a picture, as 'backup-slr diagram lifecycle'; 'backup-slr diagram --list' shows them")
    if name not in DIAGRAMS:
        raise UsageError(unknown("diagram", name, DIAGRAMS))
    if options.subject is None and name in SUBJECTS:
        raise UsageError(f"{name}: add {SUBJECTS[name]}, as 'backup-slr diagram {name} NAME'")
    if options.subject is not None and name not in SUBJECTS:
        raise UsageError(f"{name} takes no further argument, not {options.subject!r}")
    if (options.other is not None) != (name == "difference"):
        why = "name both the old and the new rules" if options.other is None else "one argument too many"
        raise UsageError(f"{name}: {why}")
    return name


def form_of(options: DiagramOptions) -> str:
    """The format, by --format or by the suffix of the file."""
    usual = "md" if options.name == "traceability" else "mermaid"
    if options.json:
        named = options.format or SUFFIXES.get(Path(options.output or "").suffix.lower(), "json")
        if named != "json":
            raise UsageError(f"--json is the same as --format json, not {named}: use only one of them")
        return "json"
    return options.format or by_suffix(options.output, SUFFIXES, "(or add --format)") or usual


def is_brief(options: DiagramOptions) -> bool:
    """A picture without details: if requested, or by default where it is easier to read."""
    return options.brief or (options.name in BRIEF and not options.full and form_of(options) not in DATA)
