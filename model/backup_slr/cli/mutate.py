"""``backup-slr mutate``: every single change of the table, and who notices it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, cast

from backup_slr.cli.bounds import because
from backup_slr.cli.check import scenario_files
from backup_slr.cli.command_options import MutateOptions
from backup_slr.cli.options import LIFECYCLE
from backup_slr.cli.parameters import UsageError
from backup_slr.cli.progress import ProgressBar
from backup_slr.cli.render import Result, note, write_bytes
from backup_slr.cli.sarif import place_of
from backup_slr.diagram.svg.kill_matrix import Square, kill_matrix_svg
from backup_slr.diagram.svg.png import png_bytes
from backup_slr.engine.check.workers import LOST
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.step import Machine
from backup_slr.engine.diff.table_diff import Prove
from backup_slr.engine.mutation.kills import (
    JUDGES,
    Example,
    JudgeName,
    MutationAnalysis,
    MutationResults,
    OracleJudge,
)
from backup_slr.engine.mutation.mutants import OPERATORS, Mutant, mutants
from backup_slr.engine.mutation.parallel import judge_all
from backup_slr.engine.prove import available
from backup_slr.errors import BadInput, quoted, raised, unknown
from backup_slr.report import mutation
from backup_slr.report.names import example_names
from backup_slr.report.sarif import Finding
from backup_slr.scenario.mutation_check import ScenarioJudge
from backup_slr.scenario.player import play
from backup_slr.scenario.scenario_file import load
from backup_slr.scenario.spec import Scenario
from backup_slr.testing.adapter import open_adapter
from backup_slr.testing.conformance import follow


@dataclass(frozen=True)
class MutationSettings:
    """What a court needs, as it goes to another process; scenarios are such as pass on the table."""

    table: Model
    scenarios: tuple[Scenario, ...]
    oracle: str | None
    prove: bool


def mutate(options: MutateOptions) -> int:
    """Judge every mutant, and report who notices it."""
    if options.picture is not None and not options.picture.endswith((".svg", ".png")):
        raise UsageError(f"--picture: a name that ends in .svg or .png, not {quoted(options.picture)}")
    table = options.model.applied_to(options.model.table)
    chosen = _chosen(options, mutants(table))
    settings = MutationSettings(table, tuple(_scenarios(options.scenarios, table)), options.oracle, available())
    if options.oracle is not None:
        oracle_of(options.oracle)  # a mistake in it is reported before the work and not after it
    if not available():
        note("z3 is not there (the extra 'prove'): equivalent means in the scopes looked at, not at every size")
    began = time.monotonic()
    with ProgressBar("mutants", len(chosen)) as bar:
        jobs = min(options.jobs, max(1, len(chosen) // 8))
        rulings, stopped = judge_all(chosen, settings, opened, jobs, bar.advance)
    verdict = MutationResults(tuple(rulings), _judges(settings), time.monotonic() - began, stopped is None)
    matrix, about = mutation.matrix(verdict), LIFECYCLE.having(table)
    code, why = int(verdict.count("survived") > 0), ""
    if stopped == "interrupted":
        code, why = 130, f"{because()}: what was judged so far is what you see"
    elif stopped == "lost":
        told = f"{len(rulings):,} of {len(chosen):,} mutants were judged"
        code, why = 5, f"{LOST}: {told}; fewer --jobs need less memory"
    result = Result(
        "mutate",
        code,
        lambda: (
            mutation.matrix_lines(matrix) if options.matrix else mutation.mutated_lines(about, verdict, len(chosen))
        ),
        lambda: mutation.mutated_document(about, verdict, len(chosen)),
        lambda: (
            mutation.matrix_markdown(matrix)
            if options.matrix
            else mutation.mutated_markdown(about, verdict, len(chosen))
        ),
        lambda: map(_placed, mutation.mutated_findings(about, verdict)),
        why,
    )
    try:
        return result.write(options.output)
    finally:
        if options.picture is not None:
            _draw(matrix, options.picture)


def _draw(found: mutation.Matrix, file: str) -> None:
    """The kill matrix as a picture, by action."""
    groups: dict[str, list[Square]] = {}
    for name, became, cells in found.rows:
        groups.setdefault(name.partition("/")[0], []).append(Square(name, became, cells))
    noticed = sum(became == "killed" for _, became, _ in found.rows)
    caption = f"{len(found.rows)} mutants by action, a row of squares for each judge; {noticed} are noticed"
    png = file.endswith(".png")
    svg = kill_matrix_svg("Who notices a changed rule", caption, found.judges, groups, "light" if png else "auto")
    write_bytes(png_bytes(svg) if png else svg.encode(), file)


def _placed(finding: Finding) -> Finding:
    file, line = place_of(f'"{finding.subject.partition("/")[0]}",', "rules")
    return replace(finding, file=file, line=line)


def _judges(settings: MutationSettings) -> tuple[JudgeName, ...]:
    absent = {"scenarios": not settings.scenarios, "oracle": settings.oracle is None}
    return tuple(judge for judge in JUDGES if not absent.get(judge, False))


def _chosen(options: MutateOptions, every: tuple[Mutant, ...]) -> list[Mutant]:
    actions, ids = dict.fromkeys(m.action for m in every), [m.id for m in every]
    for said, known, kind, show in (
        (options.action, actions, "action", len(actions)),
        (options.mutant, ids, "mutant", 12),
    ):
        for name in said:
            if name not in known:
                raise UsageError(f"--{kind}: {unknown(kind, name, known, show)}")
    for name in options.operator:
        if name not in OPERATORS:
            raise UsageError(f"--operator: {unknown('operator', name, OPERATORS)}")
    found = [
        m
        for m in every
        if (not options.action or m.action in options.action)
        and (not options.operator or m.operator in options.operator)
        and (not options.mutant or m.id in options.mutant)
    ]
    if not found:
        raise UsageError("no mutant is of that action and operator")
    return found


def _scenarios(folder: str | None, table: Model) -> Iterator[Scenario]:
    """The scenarios that can notice something; a note says why each of the others is skipped."""
    files = scenario_files(folder)
    if not files and folder is None:
        note("no folder 'simulations' here: no scenario is asked; name one with --scenarios DIR")
    for file in files:
        try:
            scenario = load(str(file), table)
        except BadInput as error:
            note(f"passed over: {error}")
            continue
        if scenario.without:
            continue  # it is about another table
        if play(scenario, table.assuming(scenario.assume)).passed:
            yield scenario
        else:
            note(f"passed over: {file} does not go as it expects on this table")


# ---------------------------------------------------------------- in each process


def opened(settings: MutationSettings) -> MutationAnalysis:
    """The court that some settings describe."""
    table = settings.table
    notice = ScenarioJudge(table, settings.scenarios) if settings.scenarios else None
    return MutationAnalysis(
        table,
        [LIFECYCLE.scope(*size) for size in LIFECYCLE.small_scopes],
        (lambda mutant: notice(mutant.rule)) if notice else None,
        consulting(settings.oracle) if settings.oracle is not None else None,
        _alike() if settings.prove else None,
    )


def _alike() -> Prove:
    from backup_slr.engine.prove.equivalence import RuleEquivalence

    return RuleEquivalence()


def oracle_of(name: str) -> Callable[..., Any]:
    """The function that ``--oracle MODULE:FUNCTION`` names.

    Raises
    ------
    UsageError
        When there is none.
    """
    module, sign, function = name.partition(":")
    if not sign or not function:
        raise UsageError(f"--oracle {quoted(name)}: say MODULE:FUNCTION")
    try:
        found = getattr(import_module(module), function)
    except ImportError as error:
        raise UsageError(f"--oracle: {quoted(module)} cannot be imported: {error}") from None
    except AttributeError:
        raise UsageError(f"--oracle: {module} has no {quoted(function)}") from None
    except Exception as error:  # whatever somebody's module does when it is imported
        raise UsageError(f"--oracle: {quoted(module)} cannot be imported: {raised(error)}") from None
    if not callable(found):
        raise UsageError(f"--oracle: {name} is no function, but {quoted(found)}")
    return cast(Callable[..., Any], found)


def consulting(name: str) -> OracleJudge:
    """Ask an oracle what it says of an example: anything else than a model does, or the same.

    Raises
    ------
    BadInput
        When it cannot answer: what it raised, and of which request.
    """
    make = oracle_of(name)

    def consult(model: Model, example: Example) -> str | None:
        sizes, bounds = example.scope.sizes.values(), example.scope.bounds.values()
        try:
            with open_adapter(lambda: make(*sizes, *bounds, dict(example.assumed))) as adapter:
                return follow(
                    adapter, Machine(model, example.scope), example_names(LIFECYCLE, example.scope), example.requests
                )
        except Exception as error:  # the oracle is somebody's program
            asked = ", ".join(request.action for request in example.requests)
            wants = "it is called with (regions, vaults, points, assumptions) and answers as an Adapter does"
            raise BadInput(f"{raised(error)}, when asked for {asked}; {wants}", f"--oracle {name}") from None

    return consult
