"""The options of each command."""

# ruff: noqa: RUF009  (the calls make fields)

from __future__ import annotations

import os
from dataclasses import dataclass

from backup_slr.cli.options import (
    COUNTED,
    DEFAULT_SCOPE,
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
from backup_slr.cli.parameters import Choice, argument, flag, given, group, nonempty, option, positive, repeated, whole
from backup_slr.lifecycle.vocabulary import via
from backup_slr.runbook import MAX_STATES, MAX_STEPS

MOST_RUNS = 10**9
CHOSEN = (None,) * len(DEFAULT_SCOPE)
"""The numbers of a scope that a command chooses itself."""
NUMBERS = tuple((o.name, o.default) for o in LIFECYCLE.scope_options)
ONE, ALL, WHERE, WHICH, OUTPUT = "one run", "all runs", "where it runs", "which picture", "output"
DOCUMENT = ("json", "output")
TABLE = ("json", "format", "output")
FORMS = ("promela", "tla", "aut", "graphml", "json")
DIAGRAMS = (
    *("lifecycle", "teardown", "dependencies", "sequence", "decision", "reachable", "traceability"),
    *("counterexample", "difference"),
)
FORMATS = ("svg", "png", "dot", "mermaid", "plantuml", "md", "json", "graphml", "scxml", "html", "csv")
ALIASES = {"mmd": "mermaid", "puml": "plantuml", "markdown": "md", "gv": "dot"}
CHANNELS = tuple(reversed(via.values))
"""The ways to ask, the default one first."""
SCENARIOS = "scenarios that may cite clauses (default: simulations, if there)"
TESTS = "tests that may cite clauses (default: tests, if there)"


# ---------------------------------------------------------------- what can be reached


@dataclass(frozen=True)
class CheckOptions:
    property: tuple[str, ...] = repeated("--property", "ID", "judge only this property; may be repeated")
    scenarios: str | None = option(
        "--scenarios", "DIR", "scenarios to count in the table of clauses (default: simulations, if there)"
    )
    safety: bool = flag("--safety", "judge only what symmetry leaves as it is: always, step, sometimes")
    all_assumptions: bool = flag(
        "--all-assumptions",
        "under every reading of every assumption, alone and in pairs: what depends on which (1 Region by default)",
    )
    scope: ScopeOptions = group(ScopeOptions, numbers=CHOSEN, told=DEFAULT_SCOPE)
    engine: EngineOptions = group(EngineOptions)
    model: ModelOptions = group(ModelOptions)
    output: OutputOptions = group(OutputOptions, only=(*DOCUMENT, "sarif"))
    bounds: Bounds = group(Bounds)


@dataclass(frozen=True)
class WitnessOptions:
    expression: str = argument("EXPR", "what is true of the state that is sought")
    avoid: str | None = option("--avoid", "EXPR", "pass through no state of which this is true")
    scenario: bool = flag("--scenario", "print the trace as a scenario file for 'simulate'")
    scope: ScopeOptions = group(
        ScopeOptions,
        numbers=[None if name in COUNTED else number for name, number in NUMBERS],
        told=["as many as the expression speaks of" if name in COUNTED else number for name, number in NUMBERS],
    )
    engine: EngineOptions = group(EngineOptions)
    model: ModelOptions = group(ModelOptions)
    output: OutputOptions = group(OutputOptions, only=DOCUMENT)
    bounds: Bounds = group(Bounds)


@dataclass(frozen=True)
class ProveOptions:
    property: tuple[str, ...] = repeated("--property", "ID", "prove only this property; may be repeated")
    all_assumptions: bool = flag("--all-assumptions", "under every reading: all at once, and each value by itself")
    scope: ScopeOptions = group(ScopeOptions, numbers=SMALLEST_SCOPE)
    model: ModelOptions = group(ModelOptions)
    output: OutputOptions = group(OutputOptions, only=DOCUMENT)
    bounds: Bounds = group(Bounds)


@dataclass(frozen=True)
class ExportOptions:
    form: str = argument("FORM", f"one of {', '.join(FORMS)}", Choice("form", FORMS))
    cfg: bool = flag("--cfg", "with tla: the configuration for TLC instead of the module")
    check: bool = flag("--check", "with promela: let Spin explore it, and compare with us")
    scope: ScopeOptions = group(ScopeOptions)
    model: ModelOptions = group(ModelOptions)
    output: OutputOptions = group(OutputOptions, only=("output",))
    bounds: Bounds = group(Bounds)


# ---------------------------------------------------------------- changes of the table


@dataclass(frozen=True)
class MutateOptions:
    action: tuple[str, ...] = repeated("--action", "ACTION", "only mutants of this rule; may be repeated")
    operator: tuple[str, ...] = repeated("--operator", "OPERATOR", "only this kind of change; may be repeated")
    mutant: tuple[str, ...] = repeated("--mutant", "ID", "only this mutant; may be repeated")
    scenarios: str | None = option("--scenarios", "DIR", "scenarios that may notice (default: simulations, if there)")
    oracle: str | None = option(
        "--oracle",
        "MODULE:FUNCTION",
        f"a function of ({', '.join(name for name, _ in NUMBERS)}, assumptions) to an adapter",
    )
    jobs: int = option(
        "--jobs", "N", "the number of processes (default: one a processor)", whole(1, 1024), os.cpu_count() or 1
    )
    matrix: bool = flag("--matrix", "a line for each mutant: which judge notices it, by what")
    picture: str | None = option("--picture", "FILE", "draw the kill matrix (.svg, .png)")
    model: ModelOptions = group(ModelOptions)
    output: OutputOptions = group(OutputOptions)
    bounds: Bounds = group(Bounds)


@dataclass(frozen=True)
class TableOptions:
    """A table of rules as an argument names it, with options of its own."""

    name: str = argument("TABLE", "a file, a git revision, or 'now'")
    readings: ReadingOptions = group(ReadingOptions)


@dataclass(frozen=True)
class DiffOptions:
    old: str = argument("OLD", "a file of 'rules --json', a git revision, or 'now'")
    new: str = argument("NEW", "the same; with options of its own: 'now --assume NAME=VALUE'")
    scope: ScopeOptions = group(ScopeOptions, numbers=CHOSEN, told=["several small scopes"] * len(CHOSEN))
    readings: ReadingOptions = group(ReadingOptions)
    output: OutputOptions = group(OutputOptions)
    bounds: Bounds = group(Bounds)


# ---------------------------------------------------------------- scenarios and runbooks


@dataclass(frozen=True)
class SimulateOptions:
    files: tuple[str, ...] = argument("FILE...", "scenario files, or folders of them", multiple=True)
    quiet: bool = flag("-q --quiet", "one line for each scenario that passes")
    record: bool = flag("--record", "write each run to the .trace file beside its scenario")
    recorded: bool = flag("--recorded", "compare each run with the .trace file beside it")
    model: ModelOptions = group(ModelOptions)
    output: OutputOptions = group(OutputOptions, only=DOCUMENT)
    bounds: Bounds = group(Bounds)


@dataclass(frozen=True)
class RunOptions:
    runbooks: tuple[str, ...] = argument("RUNBOOK...", "runbook files", multiple=True)
    account: str = option("--account", "FILE", "the account, and what goes on in it", required=True)
    runs: int | None = option(
        "--runs", "N", "runs of each runbook (default 1000; of a fleet: 1 each)", whole(1, MOST_RUNS)
    )
    seed: int = option("--seed", "S", "names all random numbers (default 1)", whole(0, MOST_RUNS**2), 1)
    deadline: float | None = option(
        "--deadline",
        "MINUTES",
        "success means: the role is gone by then",
        positive(MOST_RUNS, "a number of minutes", "60"),
    )
    fleet: int | None = option(
        "--fleet", "N", "draw N accounts as [fleet] of the account file says", whole(1, MOST_RUNS)
    )
    sweep: str | None = option(
        "--sweep", "NAME=A..B[..STEP]", "try these values of a runbook's parameter; the shortest that will do"
    )
    goal: float | None = option(
        "--goal", "SHARE", "what will do in a sweep (default 0.99 of runs succeed)", positive(1, "a share", "0.99")
    )
    run: int | None = option(
        "--run", "K", "which run the following are about (default 0)", whole(0, MOST_RUNS), section=ONE
    )
    trace: str | None = option("--trace", "FILE", "that run as a scenario file for 'simulate'", section=ONE)
    cloudtrail: str | None = option(
        "--cloudtrail", "FILE", "that run as CloudTrail would have logged it (JSON)", section=ONE
    )
    plot_timeline: str | None = option("--plot-timeline", "FILE", "that run as a picture (.svg, .png)", section=ONE)
    csv: str | None = option("--csv", "FILE", "a row for each run", section=ALL)
    plot: str | None = option("--plot", "FILE", "time to deletion as curves (.svg, .png)", section=ALL)
    plot_calls: str | None = option("--plot-calls", "FILE", "where calls go (.svg, .png)", section=ALL)
    report: str | None = option("--report", "FILE", "all of it as one HTML page", section=ALL)
    max_states: int = option(
        "--max-states",
        "N",
        f"largest Markov chain (default {MAX_STATES})",
        whole(1, MOST_RUNS),
        MAX_STATES,
        section=ALL,
    )
    max_steps: int = option(
        "--max-steps",
        "N",
        f"give up where a run takes more (default {MAX_STEPS})",
        whole(1, MOST_RUNS),
        MAX_STEPS,
        section=ALL,
    )
    workers: int = option("--workers", "N", "processes on this machine (default 1)", whole(1, 1024), 1, section=WHERE)
    executor: str = option(
        "--executor",
        "[local|dask]",
        "local (default) or dask",
        Choice("executor", ("local", "dask")),
        "local",
        section=WHERE,
    )
    scheduler: str | None = option("--scheduler", "ADDRESS", "where the Dask scheduler listens", section=WHERE)
    resume: str | None = option("--resume", "FILE", "keep there what is done, and go on from there", section=WHERE)
    model: ModelOptions = group(ModelOptions)
    output: OutputOptions = group(OutputOptions, only=DOCUMENT)
    bounds: Bounds = group(Bounds)


# ---------------------------------------------------------------- pictures


@dataclass(frozen=True)
class DiagramOptions:
    name: str | None = argument("NAME", f"one of {', '.join(DIAGRAMS)}", required=False)
    subject: str | None = argument(
        "SUBJECT",
        "of decision: the action; of counterexample: the property; of difference: the old table (see 'diff')",
        required=False,
    )
    other: str | None = argument("NEW", "of difference: the new table", required=False)
    all: bool = flag("--all", "make the whole gallery (in the folder diagrams, or -o DIR)", section=WHICH)
    check: bool = flag("--check", "with --all: only tell whether the gallery is current", section=WHICH)
    abstract: str | None = option(
        "--abstract",
        "NAME|EXPR,...",
        "of lifecycle, reachable, difference: what tells states apart: "
        f"{', '.join(a.name for a in LIFECYCLE.abstractions)}, or expressions",
        nonempty,
        section=WHICH,
    )
    via: str | None = option(
        "--via",
        "HOW",
        f"of teardown: {CHANNELS[0]} (default), {' or '.join(CHANNELS[1:])}",
        Choice("way to ask", CHANNELS),
        section=WHICH,
    )
    scenario: str | None = option("--scenario", "FILE", "of sequence: the scenario to play", nonempty, section=WHICH)
    trace: str | None = option(
        "--trace",
        "FILE",
        "of sequence: a run as JSON, from simulate, witness or check (- for stdin)",
        nonempty,
        section=WHICH,
    )
    raw: bool = flag("--raw", "of reachable: every state; as data only", section=WHICH)
    scenarios: str | None = option("--scenarios", "DIR", f"of traceability: {SCENARIOS}", nonempty, section=WHICH)
    tests: str | None = option("--tests", "DIR", f"of traceability: {TESTS}", nonempty, section=WHICH)
    scope: ScopeOptions = group(ScopeOptions, numbers=SMALL_SCOPE)
    model: ModelOptions = group(ModelOptions)
    format: str | None = option(
        "-f --format",
        "FORMAT",
        f"one of {', '.join(FORMATS)} (default: what the name of the file says, else mermaid)",
        Choice("format", FORMATS, ALIASES),
        section=OUTPUT,
    )
    renderer: str = option(
        "--renderer",
        "NAME",
        "auto (default), wasi or dot",
        Choice("renderer", ("auto", "wasi", "dot")),
        "auto",
        section=OUTPUT,
    )
    theme: str = option(
        "--theme",
        "THEME",
        "auto (default: as the reader has it), light, dark",
        Choice("theme", ("auto", "light", "dark")),
        "auto",
        section=OUTPUT,
    )
    json: bool = flag("--json", "the same as --format json", section=OUTPUT)
    output: str | None = option(
        "-o --output", "FILE", "write to a file (- for stdout); with --all, a folder", nonempty, section=OUTPUT
    )
    bounds: Bounds = group(Bounds)
    given: tuple[str, ...] = given()


# ---------------------------------------------------------------- tables and tools


@dataclass(frozen=True)
class TablesOptions:
    model: ModelOptions = group(ModelOptions)
    output: OutputOptions = group(OutputOptions, only=TABLE)
    bounds: Bounds = group(Bounds)


@dataclass(frozen=True)
class ExplainOptions(TablesOptions):
    action: str = argument("ACTION", "the name of an action (see 'backup-slr rules')")


@dataclass(frozen=True)
class ClausesOptions:
    page: str | None = option("--page", "FILE", "a saved copy of the page (HTML, text or Markdown): its drift")
    old_page: str | None = option("--old-page", "FILE", "an older copy, to show word by word what changed since")
    scenarios: str | None = option("--scenarios", "DIR", SCENARIOS)
    tests: str | None = option("--tests", "DIR", TESTS)
    model: ModelOptions = group(ModelOptions)
    output: OutputOptions = group(OutputOptions)
    bounds: Bounds = group(Bounds)


@dataclass(frozen=True)
class DoctorOptions:
    output: OutputOptions = group(OutputOptions, only=DOCUMENT)
    bounds: Bounds = group(Bounds)


@dataclass(frozen=True)
class SchemaOptions:
    name: str | None = argument("NAME", "the name of a schema (default: list them)", required=False)
    output: OutputOptions = group(OutputOptions, only=("output",))
    bounds: Bounds = group(Bounds)
