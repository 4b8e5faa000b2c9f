"""``backup-slr mutate``: mutation-test the rules."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from backup_slr.api.answers import Answer
from backup_slr.api.telling import placed
from backup_slr.cli.bounds import because
from backup_slr.cli.check import scenario_files, scenarios
from backup_slr.cli.command_options import MutateOptions
from backup_slr.cli.model_options import LIFECYCLE
from backup_slr.cli.parameters import UsageError, blaming
from backup_slr.cli.progress import ProgressBar
from backup_slr.cli.render import note, write_answer, write_bytes
from backup_slr.diagram.svg.kill_matrix import Square, kill_matrix_svg
from backup_slr.diagram.svg.renderers import png_bytes
from backup_slr.engine.check.workers import LOST
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.step import Machine
from backup_slr.engine.mutation.base_judge import BaseJudge
from backup_slr.engine.mutation.kills import JUDGES, Example, JudgeName, MutationAnalysis, MutationResults, OracleJudge
from backup_slr.engine.mutation.mutants import OPERATORS, Mutant, mutants
from backup_slr.engine.mutation.parallel import judge_all
from backup_slr.engine.prove import available
from backup_slr.engine.spec.selection import actions_named
from backup_slr.errors import BadInput, install, quoted, raised, unknown
from backup_slr.report import mutation
from backup_slr.report.names import example_names
from backup_slr.scenario.mutation_check import ScenarioJudge
from backup_slr.scenario.player import play
from backup_slr.scenario.spec import Scenario
from backup_slr.testing.adapter import open_adapter
from backup_slr.testing.conformance import follow


@dataclass(frozen=True)
class MutationSettings:
    """The settings of an analysis, for other processes; all `scenarios` pass on the unchanged rules."""

    table: Model
    scenarios: tuple[Scenario, ...]
    oracle: str | None
    prove: bool
    base: Model | None = None
    """The rules without extensions, if the rules are composed with any."""
    first_only: bool = False


def mutate(options: MutateOptions) -> int:
    """Analyze every mutant, and report what kills it."""
    if options.picture is not None and not options.picture.endswith((".svg", ".png")):
        raise UsageError(f"--picture: a name that ends in .svg or .png, not {quoted(options.picture)}")
    table = options.model.applied_to(options.model.table)
    with blaming("--action"):
        actions = [rule.action for text in options.action for rule in actions_named(text, table)]
    chosen = _chosen(options, actions, mutants(table))
    base = None if options.model.parts else options.model.base
    judging = tuple(_scenarios(options, table))
    settings = MutationSettings(table, judging, options.oracle, available(), base, options.first_kill)
    if options.oracle is not None:
        oracle_of(options.oracle)  # reports a wrong name before the work starts
    if not available():
        how = install(library="z3-solver")
        note(f"z3 is not installed, so 'equivalent' is only for the explored scopes; for every size: {how}")
    began = time.monotonic()
    with ProgressBar("mutants", len(chosen)) as bar:
        jobs = min(options.jobs, max(1, len(chosen) // 8))
        rulings, stopped = judge_all(chosen, settings, opened, jobs, bar.advance)
    verdict = MutationResults(tuple(rulings), _judges(settings), time.monotonic() - began, stopped is None)
    matrix, about = mutation.matrix(verdict), (options.model.lifecycle.having(table), verdict, len(chosen))
    code, why = int(verdict.count("survived") > 0), ""
    if stopped == "interrupted":
        code, why = 130, f"{because()}; showing partial results"
    elif stopped == "lost":
        done = f"{len(rulings):,} of {len(chosen):,} mutants are done"
        code, why = 5, f"{LOST}: {done}; fewer --jobs need less memory"
    result = Answer(
        lambda: mutation.matrix_lines(matrix) if options.matrix else mutation.mutated_lines(*about),
        lambda: mutation.mutated_document(*about),
        lambda: mutation.matrix_markdown(matrix) if options.matrix else mutation.mutated_markdown(*about),
        lambda: map(placed, mutation.mutated_findings(*about[:2])),
        code,
        why,
    )
    try:
        return write_answer(result, "mutate", options.output)
    finally:
        if options.picture is not None:
            _draw(matrix, options.picture)


def _draw(found: mutation.Matrix, file: str) -> None:
    """Draw the kill matrix, by action."""
    groups: dict[str, list[Square]] = {}
    for name, verdict, cells in found.rows:
        groups.setdefault(name.partition("/")[0], []).append(Square(name, verdict, cells))
    killed = sum(verdict == "killed" for _, verdict, _ in found.rows)
    caption = f"{len(found.rows)} mutants by action, one row for each judge; {killed} killed"
    png = file.endswith(".png")
    svg = kill_matrix_svg(
        "Mutants of the rules, and what kills them", caption, found.judges, groups, "light" if png else "auto"
    )
    write_bytes(png_bytes(svg) if png else svg.encode(), file)


def _judges(settings: MutationSettings) -> tuple[JudgeName, ...]:
    absent = {"base": settings.base is None, "scenarios": not settings.scenarios, "oracle": settings.oracle is None}
    return tuple(judge for judge in JUDGES if not absent.get(judge, False))


def _of_extensions(options: MutateOptions, every: tuple[Mutant, ...]) -> tuple[Mutant, ...]:
    """Return the mutants of the actions that the extensions bring or change; all without extensions."""
    base = options.model.base
    if base is None or options.action or options.mutant:
        return every
    note("only the actions that the extensions add or change; --action names others")
    same = {rule.action for rule in options.model.table.rules if rule in base.rules}
    return tuple(mutant for mutant in every if mutant.action not in same)


def _chosen(options: MutateOptions, actions: Sequence[str], every: tuple[Mutant, ...]) -> list[Mutant]:
    ids = [m.id for m in every]
    for wanted, known, kind in ((options.mutant, ids, "mutant"), (options.operator, OPERATORS, "operator")):
        for name in wanted:
            if name not in known:
                raise UsageError(f"--{kind}: {unknown(kind, name, known)}")
    found = [
        m
        for m in _of_extensions(options, every)
        if (not actions or m.action in actions)
        and (not options.operator or m.operator in options.operator)
        and (not options.mutant or m.id in options.mutant)
    ]
    if not found:
        raise UsageError("no mutant has that action and operator")
    return found


def _scenarios(options: MutateOptions, table: Model) -> Iterator[Scenario]:
    """Iterate over the scenarios that can kill mutants; a note says why each of the others is skipped."""
    folder, lifecycle = options.scenarios, options.model.lifecycle.having(table)
    if folder is None and not scenario_files(None):
        note("no scenarios found (no ./simulations); use --scenarios DIR")
    for scenario in scenarios(folder, lifecycle):
        if scenario.without or scenario.lifecycle.composed_of != lifecycle.composed_of:
            continue  # it needs other rules
        if play(scenario, table.assuming(scenario.assume)).passed:
            yield scenario
        else:
            note(f"skipped {scenario.file}: it does not pass on the unmodified rules")


# ---------------------------------------------------------------- in each process


def opened(settings: MutationSettings) -> MutationAnalysis:
    """Make the analysis that some settings describe."""
    alike = None
    if settings.prove:
        from backup_slr.engine.prove.equivalence import RuleEquivalence

        alike = RuleEquivalence()
    table, scopes = settings.table, [LIFECYCLE.scope(*size) for size in LIFECYCLE.small_scopes]
    notice = ScenarioJudge(table, settings.scenarios) if settings.scenarios else None
    return MutationAnalysis(
        table,
        scopes,
        (lambda mutant: notice(mutant.rule)) if notice else None,
        consulting(settings.oracle) if settings.oracle is not None else None,
        alike,
        BaseJudge(settings.base, table, scopes) if settings.base is not None else None,
        settings.first_only,
    )


def oracle_of(name: str) -> Callable[..., Any]:
    """Return the function that ``--oracle MODULE:FUNCTION`` names. Raises `UsageError` when it does not exist."""
    module, sign, function = name.partition(":")
    if not sign or not function:
        raise UsageError(f"--oracle {quoted(name)}: expected MODULE:FUNCTION")
    try:
        found = getattr(import_module(module), function)
    except ImportError as error:
        raise UsageError(f"--oracle: {quoted(module)} cannot be imported: {error}") from None
    except AttributeError:
        raise UsageError(f"--oracle: {module} has no {quoted(function)}") from None
    except Exception as error:  # a module of a user may raise anything
        raise UsageError(f"--oracle: {quoted(module)} cannot be imported: {raised(error)}") from None
    if not callable(found):
        raise UsageError(f"--oracle: {name} is not a function, but {quoted(found)}")
    return cast(Callable[..., Any], found)


def consulting(name: str) -> OracleJudge:
    """Return a function that compares the outcomes of an oracle with those of a model on an example.

    Raises `BadInput` when the oracle raises an exception.
    """
    make = oracle_of(name)

    def consult(model: Model, example: Example) -> str | None:
        sizes, bounds = example.scope.sizes.values(), example.scope.bounds.values()
        try:
            with open_adapter(lambda: make(*sizes, *bounds, dict(example.assumed))) as adapter:
                return follow(
                    adapter, Machine(model, example.scope), example_names(LIFECYCLE, example.scope), example.requests
                )
        except Exception as error:  # an oracle of a user may raise anything
            requests = ", ".join(request.action for request in example.requests)
            wants = "it must take (regions, vaults, points, assumptions) and return an Adapter"
            raise BadInput(f"{raised(error)}, after the requests {requests}; {wants}", f"--oracle {name}") from None

    return consult
