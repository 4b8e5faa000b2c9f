"""The options of each command."""

# ruff: noqa: RUF009  (the calls make fields)

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime

from backup_slr.cli.choices import FORM_ALIASES, FORMS
from backup_slr.cli.model_options import LIFECYCLE, ModelOptions, ReadingOptions, StartOptions
from backup_slr.cli.options import SMALLEST_SCOPE, Bounds, EngineOptions, OutputOptions, ScopeOptions, StatedOptions
from backup_slr.cli.parameters import (
    OWN_SECTIONS,
    Choice,
    argument,
    flag,
    group,
    moment,
    nonempty,
    option,
    positive,
    repeated,
    whole,
)
from backup_slr.runbook import MAX_STATES, MAX_STEPS

MOST_RUNS = 10**9
NUMBERS = tuple((o.name, o.default) for o in LIFECYCLE.scope_options)
BY_EXPRESSIONS = [f"{number}, or by EXPR" for _, number in NUMBERS]
_, ONE, ALL, WHERE = OWN_SECTIONS
DOCUMENT = ("json", "output")
TABLE = ("json", "format", "output")
PROPERTY = "an id, a pattern such as 'jobs*', or a sentence"
SCENARIOS = "scenarios that may cite clauses (default: simulations, if it exists)"
TESTS = "tests that may cite clauses (default: tests, if it exists)"


@dataclass(frozen=True)
class CommandOptions:
    """Options of every command."""

    bounds: Bounds = group(Bounds)


@dataclass(frozen=True)
class ModelCommandOptions(CommandOptions):
    """Options of every command about a model."""

    model: ModelOptions = group(ModelOptions)
    output: OutputOptions = group(OutputOptions, only=DOCUMENT)


# ---------------------------------------------------------------- reachable states


@dataclass(frozen=True)
class CheckOptions(ModelCommandOptions):
    list: bool = flag("list the properties, and check nothing")
    property: tuple[str, ...] = repeated("ID", f"check only this property: {PROPERTY}", "property")
    verbose: bool = flag("list the verdict on every property", short="-v")
    clauses: bool = flag("print the table of clauses: the rules, properties and scenarios that cite each")
    scenarios: str | None = option("DIR", "scenarios for the table of clauses (default: simulations, if it exists)")
    safety: bool = flag("check only the properties that symmetry preserves: always, step, sometimes")
    all_assumptions: bool = flag(
        "check under every value of every assumption, alone and in pairs (by default with 1 Region); the verdict "
        "and the exit code are those under the default values, since a violation under another value is no error"
    )
    stated: StatedOptions = group(StatedOptions)
    model: StartOptions = group(StartOptions)
    scope: ScopeOptions = group(ScopeOptions, told=BY_EXPRESSIONS)
    engine: EngineOptions = group(EngineOptions)
    output: OutputOptions = group(OutputOptions, only=(*DOCUMENT, "sarif"))


@dataclass(frozen=True)
class WitnessOptions(ModelCommandOptions):
    expression: str = argument("EXPR", "describes the state to reach")
    avoid: str | None = option("EXPR", "avoid all states that this describes")
    scenario: bool = flag("print the trace as a scenario file for 'simulate'")
    model: StartOptions = group(StartOptions)
    scope: ScopeOptions = group(ScopeOptions, told=BY_EXPRESSIONS)
    engine: EngineOptions = group(EngineOptions)


@dataclass(frozen=True)
class PlanOptions(ModelCommandOptions):
    file: str = argument("FILE", "an account: a file of its own, an inventory, or a scenario")
    now: datetime | None = option("TIME", "the time of the question, in UTC (default: the current time)", moment)
    format: str | None = option(
        "[text|shell|python|runbook|md|json]",
        "text, a script of AWS CLI calls, a program for boto3, a file for 'run', a checklist or JSON (default: by the "
        "suffix of the file that -o names: .sh, .py, .toml, .md or .json; otherwise text)",
        Choice("format", ("text", "shell", "python", "runbook", "md", "json")),
    )
    verbose: bool = flag("list all places, and the names and API operations of the actions", short="-v")
    keep: tuple[str, ...] = repeated("VAULT", "leave this vault as it is, such as eu-west-1/archive")
    model: ModelOptions = group(ModelOptions, only=("with_", "edition", "assume", "rules"))


@dataclass(frozen=True)
class ProveOptions(ModelCommandOptions):
    property: tuple[str, ...] = repeated("ID", f"prove only this property: {PROPERTY}", "invariant")
    all_assumptions: bool = flag("prove under all values of all assumptions at once, and under each value alone")
    stated: StatedOptions = group(StatedOptions, only=("always", "step", "properties"))
    scope: ScopeOptions = group(ScopeOptions, told=[f"{number}, or by EXPR" for number in SMALLEST_SCOPE])


@dataclass(frozen=True)
class ExportOptions(ModelCommandOptions):
    form: str | None = argument(
        "FORM", f"one of {', '.join(FORMS)} (default: by the file name)", Choice("format", FORMS, FORM_ALIASES), False
    )
    list: bool = flag("list the formats")
    cfg: bool = flag("with tla: the configuration for TLC instead of the module")
    check: bool = flag("with promela: run Spin on it and compare the results")
    scope: ScopeOptions = group(ScopeOptions)
    output: OutputOptions = group(OutputOptions, only=("output",))


# ---------------------------------------------------------------- changed rules


@dataclass(frozen=True)
class MutateOptions(ModelCommandOptions):
    action: tuple[str, ...] = repeated("ACTION", "only mutants of the rule for this action", "action")
    operator: tuple[str, ...] = repeated("OPERATOR", "only this kind of change")
    mutant: tuple[str, ...] = repeated("ID", "only this mutant")
    scenarios: str | None = option("DIR", "scenarios that may kill mutants (default: simulations, if it exists)")
    oracle: str | None = option(
        "MODULE:FUNCTION", f"a function of ({', '.join(name for name, _ in NUMBERS)}, assumptions) to an adapter"
    )
    jobs: int = option("N", "number of processes (default: one per processor)", whole(1, 1024), os.cpu_count() or 1)
    first_kill: bool = flag("stop at the first judge that kills a mutant; many times faster")
    matrix: bool = flag("show for each mutant what kills it")
    picture: str | None = option("FILE", "draw the kill matrix (.svg, .png)")
    output: OutputOptions = group(OutputOptions)


@dataclass(frozen=True)
class TableOptions:
    """An argument of `diff` that names a rule set, with its own options."""

    name: str = argument("RULES", "a file, a git revision, or 'now'")
    readings: ReadingOptions = group(ReadingOptions)


@dataclass(frozen=True)
class DiffOptions(CommandOptions):
    old: str = argument("OLD", "rules: a file of 'rules --json', a git revision, or 'now'")
    new: str = argument("NEW", "the same; either may have options: 'now --assume NAME=VALUE'")
    account: str | None = option("FILE", "compare from the account in this file on, not from a new one")
    scope: ScopeOptions = group(ScopeOptions, told=["several small scopes"] * len(NUMBERS))
    readings: ReadingOptions = group(ReadingOptions)
    output: OutputOptions = group(OutputOptions)


# ---------------------------------------------------------------- scenarios and runbooks


@dataclass(frozen=True)
class SimulateOptions(ModelCommandOptions):
    files: tuple[str, ...] = argument("FILE...", "scenario files, or folders of them", required=False, multiple=True)
    list: bool = flag("list the scenarios of the folders (default: the examples), and run nothing")
    quiet: bool = flag("show only one line for a scenario that passes", short="-q")
    record: bool = flag("write each run to the .trace file next to its scenario")
    recorded: bool = flag("compare each run with the .trace file next to its scenario")


@dataclass(frozen=True)
class RunOptions(ModelCommandOptions):
    verbose: bool = flag("show the details of each runbook, not only a table", short="-v")
    runbooks: tuple[str, ...] = argument("RUNBOOK...", "runbook files", multiple=True)
    account: str = option("FILE", "the account, and the activity in it", required=True)
    runs: int | None = option("N", "runs of each runbook (default 1000; of a fleet: 1 each)", whole(1, MOST_RUNS))
    seed: int = option("S", "random seed (default 1)", whole(0, MOST_RUNS**2), 1)
    deadline: float | None = option(
        "MINUTES", "success means: the role is deleted by then", positive(MOST_RUNS, "a number of minutes", "60")
    )
    stays_gone: bool = flag("success means: the role is deleted at the deadline, not only once before it")
    fleet: int | None = option("N", "draw N accounts from [fleet] of the account file", whole(1, MOST_RUNS))
    sweep: str | None = option(
        "NAME=A..B[..STEP]", "try these values of a runbook's parameter; find the smallest that works"
    )
    goal: float | None = option(
        "SHARE", "share of runs that must succeed in a sweep (default 0.99)", positive(1, "a share", "0.99")
    )
    run: int | None = option("K", "the run for the following options (default 0)", whole(0, MOST_RUNS), section=ONE)
    scenario_out: str | None = option("FILE", "write that run as a scenario file for 'simulate'")
    cloudtrail: str | None = option("FILE", "write that run as a CloudTrail log (JSON)")
    plot_timeline: str | None = option("FILE", "draw that run (.svg, .png)")
    csv: str | None = option("FILE", "write one row for each run", section=ALL)
    plot: str | None = option("FILE", "draw the time to deletion (.svg, .png)")
    plot_calls: str | None = option("FILE", "draw the number of calls by operation (.svg, .png)")
    report: str | None = option("FILE", "write all results as one HTML page")
    max_states: int = option("N", f"largest Markov chain (default {MAX_STATES})", whole(1, MOST_RUNS), MAX_STATES)
    max_steps: int = option("N", f"maximum steps of a run (default {MAX_STEPS})", whole(1, MOST_RUNS), MAX_STEPS)
    workers: int = option("N", "processes on this machine (default 1)", whole(1, 1024), 1, section=WHERE)
    executor: str = option("[local|dask]", "local (default) or dask", Choice("executor", ("local", "dask")), "local")
    scheduler: str | None = option("ADDRESS", "address of the Dask scheduler")
    resume: str | None = option("FILE", "save finished runs in this file, and continue from it")


# ---------------------------------------------------------------- reference and tools


@dataclass(frozen=True)
class TableCommandOptions(ModelCommandOptions):
    """Options of a command that prints a table about a model."""

    output: OutputOptions = group(OutputOptions, only=TABLE)


@dataclass(frozen=True)
class RulesOptions(TableCommandOptions):
    actions: tuple[str, ...] = argument(
        "ACTION...", "only the rules for these actions or API operations", required=False, multiple=True, kind="action"
    )


@dataclass(frozen=True)
class AssumptionsOptions(TableCommandOptions):
    names: tuple[str, ...] = argument(
        "NAME...", "only these assumptions", required=False, multiple=True, kind="assumption"
    )


@dataclass(frozen=True)
class EditionsOptions(CommandOptions):
    output: OutputOptions = group(OutputOptions, only=TABLE)


@dataclass(frozen=True)
class ExtensionsOptions(CommandOptions):
    names: tuple[str, ...] = argument(
        "NAME...", "only these extensions, in full", required=False, multiple=True, kind="extension"
    )
    model: ModelOptions = group(ModelOptions, only=("rules",))
    output: OutputOptions = group(OutputOptions, only=TABLE)


@dataclass(frozen=True)
class ExplainOptions(TableCommandOptions):
    action: str | None = argument(
        "ACTION",
        "an action, an API operation, a refusal or an error code (see 'explain --list')",
        required=False,
        kind="reason",
    )
    place: str | None = argument(
        "PLACE", "with --account: a place such as us-east-1/Default (default: all places)", required=False
    )
    list: bool = flag("list the actions with their API operations")
    model: StartOptions = group(StartOptions)


@dataclass(frozen=True)
class WhyOptions(ModelCommandOptions):
    file: str = argument("FILE", "the account")
    now: datetime | None = option("TIME", "the time of the question, in UTC (default: the current time)", moment)
    verbose: bool = flag(
        "name all places; add what each obstacle blocks, and the names of actions and clauses", short="-v"
    )
    keep: tuple[str, ...] = repeated("VAULT", "keep this vault, such as eu-west-1/archive")
    output: OutputOptions = group(OutputOptions, only=TABLE)


@dataclass(frozen=True)
class ClausesOptions(ModelCommandOptions):
    ids: tuple[str, ...] = argument(
        "CLAUSE...", "only these clauses; patterns: 'CLEAN-*'", required=False, multiple=True, kind="clause"
    )
    page: str | None = option(
        "FILE", "compare a saved copy of the role's own page (HTML, text or Markdown), not of the pages of extensions"
    )
    old_page: str | None = option("FILE", "an older copy, to show the changed words")
    scenarios: str | None = option("DIR", SCENARIOS)
    tests: str | None = option("DIR", TESTS)
    output: OutputOptions = group(OutputOptions)


@dataclass(frozen=True)
class DoctorOptions(CommandOptions):
    output: OutputOptions = group(OutputOptions, only=DOCUMENT)


@dataclass(frozen=True)
class SchemaOptions(CommandOptions):
    name: str | None = argument("NAME", "the name of a schema (default: list all)", required=False)
    output: OutputOptions = group(OutputOptions, only=("output",))


@dataclass(frozen=True)
class ExamplesOptions(CommandOptions):
    folder: str | None = argument("DIR", "a new folder for copies (default: list them)", nonempty, required=False)
    output: OutputOptions = group(OutputOptions, only=("output",))


@dataclass(frozen=True)
class CompletionOptions(CommandOptions):
    shell: str | None = argument(
        "SHELL", "bash, zsh or fish (default: by $SHELL)", Choice("shell", ("bash", "zsh", "fish")), required=False
    )
    output: OutputOptions = group(OutputOptions, only=("output",))
