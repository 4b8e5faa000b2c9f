"""The options of ``diagram``."""

# ruff: noqa: RUF009  (the calls make fields)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backup_slr.cli.choices import ALIASES, DIAGRAMS, FORMATS
from backup_slr.cli.command_options import SCENARIOS, TESTS, CommandOptions
from backup_slr.cli.model_options import LIFECYCLE, StartOptions
from backup_slr.cli.options import SMALL_SCOPE, ScopeOptions
from backup_slr.cli.parameters import OWN_SECTIONS, Choice, argument, flag, given, group, nonempty, option
from backup_slr.diagram.labels import BRIEF, LABEL_STYLES, LabelStyle
from backup_slr.lifecycle.vocabulary import via

if TYPE_CHECKING:
    from backup_slr.diagram.svg.style_sheet import Theme

VIEWS = "\n".join(f"{name:<15} {text}" for name, text in DIAGRAMS.items())
CHANNELS = tuple(reversed(via.values))
"""The interfaces of requests, the default one first."""


@dataclass(frozen=True)
class DiagramOptions(CommandOptions):
    name: str | None = argument("NAME", f"one of\n\n\b\n{VIEWS}", required=False, kind="diagram")
    subject: str | None = argument(
        "SUBJECT",
        "for decision: the action; for counterexample: the property; for difference: the old rules (see 'diff')",
        required=False,
        kind="subject",
    )
    other: str | None = argument("NEW", "for difference: the new rules", required=False)
    list: bool = flag("list the pictures and the formats", section=OWN_SECTIONS[0])
    all: bool = flag("draw the whole gallery (in the folder diagrams, or -o DIR)")
    check: bool = flag("with --all: only check that the gallery is up to date")
    abstract: str | None = option(
        "NAME|EXPR,...",
        "for lifecycle, reachable, difference: how states are grouped: "
        f"{', '.join(a.name for a in LIFECYCLE.abstractions)}, or expressions",
        nonempty,
    )
    via: str | None = option(
        "HOW",
        f"for teardown: {CHANNELS[0]} (default, as on the page; the picture marks each step that it refuses), "
        f"{' or '.join(CHANNELS[1:])}",
        Choice("interface", CHANNELS),
    )
    scenario: str | None = option("FILE", "for sequence: the scenario to run", nonempty)
    trace: str | None = option(
        "FILE", "for sequence: a trace: the JSON of simulate, witness or check (- for stdin)", nonempty
    )
    exit_code: bool = flag("for difference: exit code 1 if the rules behave differently")
    scenarios: str | None = option("DIR", f"for traceability: {SCENARIOS}", nonempty)
    tests: str | None = option("DIR", f"for traceability: {TESTS}", nonempty)
    scope: ScopeOptions = group(ScopeOptions, numbers=SMALL_SCOPE)
    model: StartOptions = group(StartOptions)
    format: str | None = option(
        "FORMAT",
        f"one of {', '.join(FORMATS)} (default: by the file name, else mermaid)",
        Choice("format", FORMATS, ALIASES),
        section="output",
        short="-f",
    )
    labels: LabelStyle | None = option(
        "STYLE",
        "english (default in pictures), aws (API operations, error codes) or id (default in data)",
        Choice("style of labels", LABEL_STYLES),
    )
    full: bool = flag(f"for {', '.join(BRIEF)}: add lists inside of boxes, clauses, conditions (default in data)")
    brief: bool = flag("leave them out (default for these in pictures)")
    renderer: str = option("NAME", "auto (default), wasi or dot", Choice("renderer", ("auto", "wasi", "dot")), "auto")
    theme: Theme = option("THEME", "auto (default), light, dark", Choice("theme", ("auto", "light", "dark")), "auto")
    json: bool = flag("the same as --format json")
    output: str | None = option("FILE", "write to a file (- for stdout); with --all, a folder", nonempty, short="-o")
    given: tuple[str, ...] = given()
