"""The options of each command."""

# ruff: noqa: RUF009  (the calls make fields)

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backup_slr.cli.options import (
    COUNTED,
    LIFECYCLE,
    SMALL_SCOPE,
    SMALLEST_SCOPE,
    Bounds,
    EngineOptions,
    ModelOptions,
    OutputOptions,
    ReadingOptions,
    ScopeOptions,
)
from backup_slr.cli.parameters import (
    OWN_SECTIONS,
    Choice,
    argument,
    flag,
    given,
    group,
    nonempty,
    option,
    positive,
    repeated,
    whole,
)
from backup_slr.lifecycle.vocabulary import via
from backup_slr.runbook import MAX_STATES, MAX_STEPS

if TYPE_CHECKING:
    from backup_slr.diagram.labels import LabelStyle
    from backup_slr.diagram.svg.style_sheet import Theme

MOST_RUNS = 10**9
NUMBERS = tuple((o.name, o.default) for o in LIFECYCLE.scope_options)
WHICH, ONE, ALL, WHERE, OUTPUT = (*OWN_SECTIONS, "output")
DOCUMENT = ("json", "output")
TABLE = ("json", "format", "output")
FORMS = ("promela", "tla", "aut", "graphml", "json")
DIAGRAMS = {
    "lifecycle": "the states of the role, and what changes them",
    "teardown": "the order of deletion, with refusals and remedies",
    "dependencies": "which resource blocks or needs which other one",
    "sequence": "a scenario or a run as messages",
    "decision": "why a request is refused, as a decision tree",
    "reachable": "all reachable states, in groups",
    "traceability": "from sentence to rule, property, scenario and test",
    "counterexample": "the shortest trace that violates a property",
    "difference": "what a change of the rules adds and removes",
}
"""Every view, with a line of help."""
VIEWS = "\n".join(f"{name:<15} {text}" for name, text in DIAGRAMS.items())
FORMATS = ("svg", "png", "dot", "mermaid", "mermaid-state", "plantuml", "md", "json", "graphml", "scxml", "html", "csv")
ALIASES = {"mmd": "mermaid", "puml": "plantuml", "markdown": "md", "gv": "dot"}
CHANNELS = tuple(reversed(via.values))
"""The ways to ask, the default one first."""
SCENARIOS = "scenarios that may cite clauses (default: simulations, if there)"
TESTS = "tests that may cite clauses (default: tests, if there)"


@dataclass(frozen=True)
class CommandOptions:
    """What every command has."""

    bounds: Bounds = group(Bounds)


@dataclass(frozen=True)
class ModelCommandOptions(CommandOptions):
    """What a command has that is about a model."""

    model: ModelOptions = group(ModelOptions)
    output: OutputOptions = group(OutputOptions, only=DOCUMENT)


# ---------------------------------------------------------------- what can be reached


@dataclass(frozen=True)
class CheckOptions(ModelCommandOptions):
    property: tuple[str, ...] = repeated("ID", "judge only this property")
    scenarios: str | None = option("DIR", "scenarios to count in the table of clauses (default: simulations, if there)")
    safety: bool = flag("judge only what symmetry leaves as it is: always, step, sometimes")
    all_assumptions: bool = flag(
        "under every reading of every assumption, alone and in pairs: what depends on which (1 Region by default)"
    )
    scope: ScopeOptions = group(ScopeOptions)
    engine: EngineOptions = group(EngineOptions)
    output: OutputOptions = group(OutputOptions, only=(*DOCUMENT, "sarif"))


@dataclass(frozen=True)
class WitnessOptions(ModelCommandOptions):
    expression: str = argument("EXPR", "what is true of the state that is sought")
    avoid: str | None = option("EXPR", "pass through no state of which this is true")
    scenario: bool = flag("print the trace as a scenario file for 'simulate'")
    scope: ScopeOptions = group(
        ScopeOptions,
        told=["as many as the expression speaks of" if name in COUNTED else number for name, number in NUMBERS],
    )
    engine: EngineOptions = group(EngineOptions)


@dataclass(frozen=True)
class ProveOptions(ModelCommandOptions):
    property: tuple[str, ...] = repeated("ID", "prove only this property")
    all_assumptions: bool = flag("under every reading: all at once, and each value by itself")
    scope: ScopeOptions = group(ScopeOptions, numbers=SMALLEST_SCOPE)


@dataclass(frozen=True)
class ExportOptions(ModelCommandOptions):
    form: str = argument("FORM", f"one of {', '.join(FORMS)}", Choice("form", FORMS))
    cfg: bool = flag("with tla: the configuration for TLC instead of the module")
    check: bool = flag("with promela: let Spin explore it, and compare with us")
    scope: ScopeOptions = group(ScopeOptions)
    output: OutputOptions = group(OutputOptions, only=("output",))


# ---------------------------------------------------------------- changes of the table


@dataclass(frozen=True)
class MutateOptions(ModelCommandOptions):
    action: tuple[str, ...] = repeated("ACTION", "only mutants of this rule")
    operator: tuple[str, ...] = repeated("OPERATOR", "only this kind of change")
    mutant: tuple[str, ...] = repeated("ID", "only this mutant")
    scenarios: str | None = option("DIR", "scenarios that may notice (default: simulations, if there)")
    oracle: str | None = option(
        "MODULE:FUNCTION", f"a function of ({', '.join(name for name, _ in NUMBERS)}, assumptions) to an adapter"
    )
    jobs: int = option("N", "the number of processes (default: one a processor)", whole(1, 1024), os.cpu_count() or 1)
    matrix: bool = flag("a line for each mutant: which judge notices it, by what")
    picture: str | None = option("FILE", "draw the kill matrix (.svg, .png)")
    output: OutputOptions = group(OutputOptions)


@dataclass(frozen=True)
class TableOptions:
    """A table of rules as an argument names it, with options of its own."""

    name: str = argument("TABLE", "a file, a git revision, or 'now'")
    readings: ReadingOptions = group(ReadingOptions)


@dataclass(frozen=True)
class DiffOptions(CommandOptions):
    old: str = argument("OLD", "a file of 'rules --json', a git revision, or 'now'")
    new: str = argument("NEW", "the same; with options of its own: 'now --assume NAME=VALUE'")
    scope: ScopeOptions = group(ScopeOptions, told=["several small scopes"] * len(NUMBERS))
    readings: ReadingOptions = group(ReadingOptions)
    output: OutputOptions = group(OutputOptions)


# ---------------------------------------------------------------- scenarios and runbooks


@dataclass(frozen=True)
class SimulateOptions(ModelCommandOptions):
    files: tuple[str, ...] = argument("FILE...", "scenario files, or folders of them", multiple=True)
    quiet: bool = flag("one line for each scenario that passes", short="-q")
    record: bool = flag("write each run to the .trace file beside its scenario")
    recorded: bool = flag("compare each run with the .trace file beside it")


@dataclass(frozen=True)
class RunOptions(ModelCommandOptions):
    runbooks: tuple[str, ...] = argument("RUNBOOK...", "runbook files", multiple=True)
    account: str = option("FILE", "the account, and what goes on in it", required=True)
    runs: int | None = option("N", "runs of each runbook (default 1000; of a fleet: 1 each)", whole(1, MOST_RUNS))
    seed: int = option("S", "names all random numbers (default 1)", whole(0, MOST_RUNS**2), 1)
    deadline: float | None = option(
        "MINUTES", "success means: the role is gone by then", positive(MOST_RUNS, "a number of minutes", "60")
    )
    fleet: int | None = option("N", "draw N accounts as [fleet] of the account file says", whole(1, MOST_RUNS))
    sweep: str | None = option(
        "NAME=A..B[..STEP]", "try these values of a runbook's parameter; the shortest that will do"
    )
    goal: float | None = option(
        "SHARE", "what will do in a sweep (default 0.99 of runs succeed)", positive(1, "a share", "0.99")
    )
    run: int | None = option("K", "which run the following are about (default 0)", whole(0, MOST_RUNS), section=ONE)
    trace: str | None = option("FILE", "that run as a scenario file for 'simulate'")
    cloudtrail: str | None = option("FILE", "that run as CloudTrail would have logged it (JSON)")
    plot_timeline: str | None = option("FILE", "that run as a picture (.svg, .png)")
    csv: str | None = option("FILE", "a row for each run", section=ALL)
    plot: str | None = option("FILE", "time to deletion as curves (.svg, .png)")
    plot_calls: str | None = option("FILE", "where calls go (.svg, .png)")
    report: str | None = option("FILE", "all of it as one HTML page")
    max_states: int = option("N", f"largest Markov chain (default {MAX_STATES})", whole(1, MOST_RUNS), MAX_STATES)
    max_steps: int = option(
        "N", f"give up where a run takes more (default {MAX_STEPS})", whole(1, MOST_RUNS), MAX_STEPS
    )
    workers: int = option("N", "processes on this machine (default 1)", whole(1, 1024), 1, section=WHERE)
    executor: str = option("[local|dask]", "local (default) or dask", Choice("executor", ("local", "dask")), "local")
    scheduler: str | None = option("ADDRESS", "where the Dask scheduler listens")
    resume: str | None = option("FILE", "keep there what is done, and go on from there")


# ---------------------------------------------------------------- pictures


@dataclass(frozen=True)
class DiagramOptions(CommandOptions):
    name: str | None = argument("NAME", f"one of\n\n\b\n{VIEWS}", required=False)
    subject: str | None = argument(
        "SUBJECT",
        "for decision: the action; for counterexample: the property; for difference: the old rules (see 'diff')",
        required=False,
    )
    other: str | None = argument("NEW", "for difference: the new rules", required=False)
    all: bool = flag("draw the whole gallery (in the folder diagrams, or -o DIR)", section=WHICH)
    check: bool = flag("with --all: only check that the gallery is up to date")
    abstract: str | None = option(
        "NAME|EXPR,...",
        "for lifecycle, reachable, difference: how states are grouped: "
        f"{', '.join(a.name for a in LIFECYCLE.abstractions)}, or expressions",
        nonempty,
    )
    via: str | None = option(
        "HOW", f"for teardown: {CHANNELS[0]} (default), {' or '.join(CHANNELS[1:])}", Choice("interface", CHANNELS)
    )
    scenario: str | None = option("FILE", "for sequence: the scenario to run", nonempty)
    trace: str | None = option(
        "FILE", "for sequence: a trace: the JSON of simulate, witness or check (- for stdin)", nonempty
    )
    raw: bool = flag("for reachable: every state; as data only")
    exit_code: bool = flag("for difference: exit code 1 if the rules behave differently")
    scenarios: str | None = option("DIR", f"for traceability: {SCENARIOS}", nonempty)
    tests: str | None = option("DIR", f"for traceability: {TESTS}", nonempty)
    scope: ScopeOptions = group(ScopeOptions, numbers=SMALL_SCOPE)
    model: ModelOptions = group(ModelOptions)
    format: str | None = option(
        "FORMAT",
        f"one of {', '.join(FORMATS)} (default: what the name of the file says, else mermaid)",
        Choice("format", FORMATS, ALIASES),
        section=OUTPUT,
        short="-f",
    )
    labels: LabelStyle | None = option(
        "STYLE",
        "english (default in pictures), aws (API operations, error codes) or id (default in data)",
        Choice("style of labels", ("english", "aws", "id")),
    )
    brief: bool = flag("leave out lists inside of boxes and clause ids")
    renderer: str = option("NAME", "auto (default), wasi or dot", Choice("renderer", ("auto", "wasi", "dot")), "auto")
    theme: Theme = option(
        "THEME", "auto (default: as the reader has it), light, dark", Choice("theme", ("auto", "light", "dark")), "auto"
    )
    json: bool = flag("the same as --format json")
    output: str | None = option("FILE", "write to a file (- for stdout); with --all, a folder", nonempty, short="-o")
    given: tuple[str, ...] = given()


# ---------------------------------------------------------------- tables and tools


@dataclass(frozen=True)
class RulesOptions(ModelCommandOptions):
    output: OutputOptions = group(OutputOptions, only=TABLE)


AssumptionsOptions = RulesOptions


@dataclass(frozen=True)
class ExplainOptions(RulesOptions):
    action: str = argument("ACTION", "the name of an action (see 'backup-slr rules')")


@dataclass(frozen=True)
class ClausesOptions(ModelCommandOptions):
    page: str | None = option("FILE", "a saved copy of the page (HTML, text or Markdown): its drift")
    old_page: str | None = option("FILE", "an older copy, to show word by word what changed since")
    scenarios: str | None = option("DIR", SCENARIOS)
    tests: str | None = option("DIR", TESTS)
    output: OutputOptions = group(OutputOptions)


@dataclass(frozen=True)
class DoctorOptions(CommandOptions):
    output: OutputOptions = group(OutputOptions, only=DOCUMENT)


@dataclass(frozen=True)
class SchemaOptions(CommandOptions):
    name: str | None = argument("NAME", "the name of a schema (default: list them)", required=False)
    output: OutputOptions = group(OutputOptions, only=("output",))
