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
from backup_slr.cli.parameters import Choice, argument, flag, given, group, nonempty, option, positive, whole
from backup_slr.lifecycle.vocabulary import via
from backup_slr.runbook import MAX_STATES, MAX_STEPS

MOST_RUNS = 10**9
CHOSEN = (None,) * len(DEFAULT_SCOPE)
"""The numbers of a scope that a command chooses itself."""
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
SCENARIOS = "scenarios that may cite them (default: simulations, if there)"


# ---------------------------------------------------------------- what can be reached


@dataclass(frozen=True)
class CheckOptions:
    """Options of ``check``."""

    property: tuple[str, ...] = option(
        "--property", metavar="ID", multiple=True, help="judge only this property; may be repeated"
    )
    scenarios: str | None = option(
        "--scenarios", metavar="DIR", help="scenarios to count in the table of clauses (default: simulations, if there)"
    )
    safety: bool = flag("--safety", help="judge only what symmetry leaves as it is: always, step, sometimes")
    all_assumptions: bool = flag(
        "--all-assumptions",
        help="under every reading of every assumption, alone and in pairs: what depends on which (1 Region by default)",
    )
    scope: ScopeOptions = group(ScopeOptions, numbers=CHOSEN, told=[f" (default {number})" for number in DEFAULT_SCOPE])
    engine: EngineOptions = group(EngineOptions)
    model: ModelOptions = group(ModelOptions)
    output: OutputOptions = group(OutputOptions, only=(*DOCUMENT, "sarif"))
    bounds: Bounds = group(Bounds)


@dataclass(frozen=True)
class WitnessOptions:
    """Options of ``witness``."""

    expression: str = argument("EXPR", "what is true of the state that is sought")
    avoid: str | None = option("--avoid", metavar="EXPR", help="pass through no state of which this is true")
    scenario: bool = flag("--scenario", help="print the trace as a scenario file for 'simulate'")
    scope: ScopeOptions = group(
        ScopeOptions,
        numbers=[None if o.name in COUNTED else o.default for o in LIFECYCLE.scope_options],
        told=[
            " (default: as many as the expression speaks of)" if o.name in COUNTED else f" (default {o.default})"
            for o in LIFECYCLE.scope_options
        ],
    )
    engine: EngineOptions = group(EngineOptions)
    model: ModelOptions = group(ModelOptions)
    output: OutputOptions = group(OutputOptions, only=DOCUMENT)
    bounds: Bounds = group(Bounds)


@dataclass(frozen=True)
class ProveOptions:
    """Options of ``prove``."""

    property: tuple[str, ...] = option(
        "--property", metavar="ID", multiple=True, help="prove only this property; may be repeated"
    )
    all_assumptions: bool = flag("--all-assumptions", help="under every reading: all at once, and each value by itself")
    scope: ScopeOptions = group(ScopeOptions, numbers=SMALLEST_SCOPE)
    model: ModelOptions = group(ModelOptions)
    output: OutputOptions = group(OutputOptions, only=DOCUMENT)
    bounds: Bounds = group(Bounds)


@dataclass(frozen=True)
class ExportOptions:
    """Options of ``export``."""

    form: str = argument("FORM", f"one of {', '.join(FORMS)}", Choice("form", FORMS))
    cfg: bool = flag("--cfg", help="with tla: the configuration for TLC instead of the module")
    check: bool = flag("--check", help="with promela: let Spin explore it, and compare with us")
    scope: ScopeOptions = group(ScopeOptions)
    model: ModelOptions = group(ModelOptions)
    output: OutputOptions = group(OutputOptions, only=("output",))
    bounds: Bounds = group(Bounds)


# ---------------------------------------------------------------- changes of the table


@dataclass(frozen=True)
class MutateOptions:
    """Options of ``mutate``."""

    action: tuple[str, ...] = option(
        "--action", metavar="ACTION", multiple=True, help="only mutants of this rule; may be repeated"
    )
    operator: tuple[str, ...] = option(
        "--operator", metavar="OPERATOR", multiple=True, help="only this kind of change; may be repeated"
    )
    mutant: tuple[str, ...] = option("--mutant", metavar="ID", multiple=True, help="only this mutant; may be repeated")
    scenarios: str | None = option(
        "--scenarios", metavar="DIR", help="scenarios that may notice (default: simulations, if there)"
    )
    oracle: str | None = option(
        "--oracle", metavar="MODULE:FUNCTION", help="a function of (regions, vaults, points, assumptions) to an adapter"
    )
    jobs: int = option(
        "--jobs",
        read=whole(1, 1024),
        default=os.cpu_count() or 1,
        metavar="N",
        help="the number of processes (default: one a processor)",
    )
    matrix: bool = flag("--matrix", help="a line for each mutant: which judge notices it, by what")
    picture: str | None = option("--picture", metavar="FILE", help="draw the kill matrix (.svg, .png)")
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
    """Options of ``diff``."""

    old: str = argument("OLD", "a file of 'rules --json', a git revision, or 'now'")
    new: str = argument("NEW", "the same; with options of its own: 'now --assume NAME=VALUE'")
    scope: ScopeOptions = group(
        ScopeOptions,
        description="Unless one is named, several small scopes are looked at.",
        numbers=CHOSEN,
        told=[""] * len(CHOSEN),
    )
    readings: ReadingOptions = group(ReadingOptions)
    output: OutputOptions = group(OutputOptions)
    bounds: Bounds = group(Bounds)


# ---------------------------------------------------------------- scenarios and runbooks


@dataclass(frozen=True)
class SimulateOptions:
    """Options of ``simulate``."""

    files: tuple[str, ...] = argument("FILE...", "scenario files, or folders of them", multiple=True)
    quiet: bool = flag("-q", "--quiet", help="one line for each scenario that passes")
    record: bool = flag("--record", help="write each run to the .trace file beside its scenario")
    recorded: bool = flag("--recorded", help="compare each run with the .trace file beside it")
    model: ModelOptions = group(ModelOptions)
    output: OutputOptions = group(OutputOptions, only=DOCUMENT)
    bounds: Bounds = group(Bounds)


def _one(*names: str, metavar: str = "FILE", help: str, **more: object) -> str | None:
    return option(*names, metavar=metavar, help=help, section="one run", **more)  # type: ignore[arg-type]


def _all(*names: str, metavar: str = "FILE", help: str) -> str | None:
    return option(*names, metavar=metavar, help=help, section="all runs")


@dataclass(frozen=True)
class RunOptions:
    """Options of ``run``."""

    runbooks: tuple[str, ...] = argument("RUNBOOK...", "runbook files", multiple=True)
    account: str = option("--account", metavar="FILE", required=True, help="the account, and what goes on in it")
    runs: int | None = option(
        "--runs",
        read=whole(1, MOST_RUNS),
        metavar="N",
        help="runs of each runbook (default 1000; of a fleet: 1 each)",
    )
    seed: int = option(
        "--seed", read=whole(0, MOST_RUNS**2), default=1, metavar="S", help="names all random numbers (default 1)"
    )
    deadline: float | None = option(
        "--deadline",
        read=positive(MOST_RUNS, "a number of minutes", "60"),
        metavar="MINUTES",
        help="success means: the role is gone by then",
    )
    fleet: int | None = option(
        "--fleet",
        read=whole(1, MOST_RUNS),
        metavar="N",
        help="draw N accounts as [fleet] of the account file says",
    )
    sweep: str | None = option(
        "--sweep",
        metavar="NAME=A..B[..STEP]",
        help="try these values of a runbook's parameter; the shortest that will do",
    )
    goal: float | None = option(
        "--goal",
        read=positive(1, "a share", "0.99"),
        metavar="SHARE",
        help="what will do in a sweep (default 0.99 of runs succeed)",
    )
    run: int | None = option(
        "--run",
        read=whole(0, MOST_RUNS),
        metavar="K",
        help="which run the following are about (default 0)",
        section="one run",
    )
    trace: str | None = _one("--trace", help="that run as a scenario file for 'simulate'")
    cloudtrail: str | None = _one("--cloudtrail", help="that run as CloudTrail would have logged it (JSON)")
    plot_timeline: str | None = _one("--plot-timeline", help="that run as a picture (.svg, .png)")
    csv: str | None = _all("--csv", help="a row for each run")
    plot: str | None = _all("--plot", help="time to deletion as curves (.svg, .png)")
    plot_calls: str | None = _all("--plot-calls", help="where calls go (.svg, .png)")
    report: str | None = _all("--report", help="all of it as one HTML page")
    max_states: int = option(
        "--max-states",
        read=whole(1, MOST_RUNS),
        default=MAX_STATES,
        metavar="N",
        help=f"largest Markov chain (default {MAX_STATES})",
        section="all runs",
    )
    max_steps: int = option(
        "--max-steps",
        read=whole(1, MOST_RUNS),
        default=MAX_STEPS,
        metavar="N",
        help=f"give up where a run takes more (default {MAX_STEPS})",
        section="all runs",
    )
    workers: int = option(
        "--workers",
        read=whole(1, 1024),
        default=1,
        metavar="N",
        help="processes on this machine (default 1)",
        section="where it runs",
    )
    executor: str = option(
        "--executor",
        metavar="[local|dask]",
        read=Choice("executor", ("local", "dask")),
        default="local",
        help="local (default) or dask",
        section="where it runs",
    )
    scheduler: str | None = option(
        "--scheduler", metavar="ADDRESS", help="where the Dask scheduler listens", section="where it runs"
    )
    resume: str | None = option(
        "--resume", metavar="FILE", help="keep there what is done, and go on from there", section="where it runs"
    )
    model: ModelOptions = group(ModelOptions)
    output: OutputOptions = group(OutputOptions, only=DOCUMENT)
    bounds: Bounds = group(Bounds)


# ---------------------------------------------------------------- pictures


def _which(name: str, metavar: str, help: str) -> str | None:
    return option(name, metavar=metavar, help=help, read=nonempty, section="which picture")


@dataclass(frozen=True)
class DiagramOptions:
    """Options of ``diagram``; they have no use for one another as `diagram_options` says."""

    name: str | None = argument("NAME", f"one of {', '.join(DIAGRAMS)}", required=False)
    subject: str | None = argument(
        "SUBJECT",
        "of decision: the action; of counterexample: the property; of difference: the old table (see 'diff')",
        required=False,
    )
    other: str | None = argument("NEW", "of difference: the new table", required=False)
    all: bool = flag(
        "--all", help="make the whole gallery (in the folder diagrams, or -o DIR)", section="which picture"
    )
    check: bool = flag("--check", help="with --all: only tell whether the gallery is current", section="which picture")
    abstract: str | None = _which(
        "--abstract",
        "NAME|EXPR,...",
        "of lifecycle, reachable, difference: what tells states apart: "
        f"{', '.join(a.name for a in LIFECYCLE.abstractions)}, or expressions",
    )
    via: str | None = option(
        "--via",
        metavar="HOW",
        read=Choice("way to ask", CHANNELS),
        help=f"of teardown: {CHANNELS[0]} (default), {' or '.join(CHANNELS[1:])}",
        section="which picture",
    )
    scenario: str | None = _which("--scenario", "FILE", "of sequence: the scenario to play")
    trace: str | None = _which(
        "--trace", "FILE", "of sequence: a run as JSON, from simulate, witness or check (- for stdin)"
    )
    raw: bool = flag("--raw", help="of reachable: every state; as data only", section="which picture")
    scenarios: str | None = _which("--scenarios", "DIR", "of traceability: scenarios (default: simulations, if there)")
    tests: str | None = _which("--tests", "DIR", "of traceability: tests with marks (default: tests, if there)")
    scope: ScopeOptions = group(ScopeOptions, numbers=SMALL_SCOPE)
    model: ModelOptions = group(ModelOptions)
    format: str | None = option(
        "-f",
        "--format",
        metavar="FORMAT",
        read=Choice("format", FORMATS, ALIASES),
        help=f"one of {', '.join(FORMATS)} (default: what the name of the file says, else mermaid)",
        section="output",
    )
    renderer: str = option(
        "--renderer",
        default="auto",
        metavar="NAME",
        read=Choice("renderer", ("auto", "wasi", "dot")),
        help="auto (default), wasi or dot",
        section="output",
    )
    theme: str = option(
        "--theme",
        default="auto",
        metavar="THEME",
        read=Choice("theme", ("auto", "light", "dark")),
        help="auto (default: as the reader has it), light, dark",
        section="output",
    )
    json: bool = flag("--json", help="the same as --format json", section="output")
    output: str | None = option(
        "-o",
        "--output",
        metavar="FILE",
        read=nonempty,
        help="write to a file (- for stdout); with --all, a folder",
        section="output",
    )
    bounds: Bounds = group(Bounds)
    given: tuple[str, ...] = given()


# ---------------------------------------------------------------- tables and tools


@dataclass(frozen=True)
class TablesOptions:
    """Options of ``rules`` and ``assumptions``."""

    model: ModelOptions = group(ModelOptions)
    output: OutputOptions = group(OutputOptions, only=TABLE)
    bounds: Bounds = group(Bounds)


@dataclass(frozen=True)
class ExplainOptions(TablesOptions):
    """Options of ``explain``."""

    action: str = argument("ACTION", "the name of an action (see 'backup-slr rules')")


@dataclass(frozen=True)
class ClausesOptions:
    """Options of ``clauses``."""

    page: str | None = option(
        "--page", metavar="FILE", help="a saved copy of the page (HTML, text or Markdown): its drift"
    )
    old_page: str | None = option(
        "--old-page", metavar="FILE", help="an older copy, to show word by word what changed since"
    )
    scenarios: str | None = option("--scenarios", metavar="DIR", help=SCENARIOS)
    tests: str | None = option("--tests", metavar="DIR", help="tests that may cite them (default: tests, if there)")
    model: ModelOptions = group(ModelOptions)
    output: OutputOptions = group(OutputOptions)
    bounds: Bounds = group(Bounds)


@dataclass(frozen=True)
class DoctorOptions:
    """Options of ``doctor``."""

    output: OutputOptions = group(OutputOptions, only=DOCUMENT)
    bounds: Bounds = group(Bounds)


@dataclass(frozen=True)
class SchemaOptions:
    """Options of ``schema``."""

    name: str | None = argument("NAME", "the name of a schema (default: list them)", required=False)
    output: OutputOptions = group(OutputOptions, only=("output",))
    bounds: Bounds = group(Bounds)
