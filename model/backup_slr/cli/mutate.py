"""``backup-slr mutate``: every single change of the table, and who notices it."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from backup_slr.cli.bounds import because
from backup_slr.cli.findings import hand_over, place_of
from backup_slr.cli.options import UsageError, assumed, left_out, the_table
from backup_slr.cli.output import note, write_bytes, write_json, write_lines
from backup_slr.diagram.png import png_bytes
from backup_slr.diagram.squares import Square, squares_svg
from backup_slr.engine.check.workers import LOST
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.step import Machine
from backup_slr.engine.mutation.court import JUDGES, Consult, Court, Example, Judge, Prove, Verdict
from backup_slr.engine.mutation.mutants import OPERATORS, Mutant, mutants
from backup_slr.engine.mutation.parallel import judge_all
from backup_slr.engine.prove import available
from backup_slr.errors import BadInput, quoted, raised, unknown
from backup_slr.lifecycle import SMALL_SCOPES, scope
from backup_slr.report.mutation import (
    Matrix,
    matrix,
    matrix_lines,
    matrix_markdown,
    mutated_document,
    mutated_findings,
    mutated_lines,
    mutated_markdown,
)
from backup_slr.report.names import usual_names
from backup_slr.scenario.load import load
from backup_slr.scenario.notice import Notice, under
from backup_slr.scenario.run import play
from backup_slr.scenario.scenario import Scenario
from backup_slr.scenario.source import is_folder
from backup_slr.testing.adapter import open_adapter
from backup_slr.testing.walk import follow


@dataclass(frozen=True)
class Settings:
    """What a court needs, as it goes to another process; scenarios are such as pass on the table."""

    table: Model
    scenarios: tuple[Scenario, ...]
    oracle: str | None
    prove: bool


def mutate(args: argparse.Namespace) -> int:
    """Judge every mutant, and tell who notices it."""
    if args.picture is not None and not args.picture.endswith((".svg", ".png")):
        raise UsageError(f"--picture: a name that ends in .svg or .png, not {quoted(args.picture)}")
    table = the_table(args)
    table = table.noting(assumed(args.assume, table))
    table = table.without(left_out(dict.fromkeys(args.without), table))
    chosen = _chosen(args, mutants(table))
    settings = Settings(table, tuple(_scenarios(args.scenarios, table)), args.oracle, available())
    if args.oracle is not None:
        oracle_of(args.oracle)  # a mistake in it is told before the work and not after it
    if not available():
        note("z3 is not there (the extra 'prove'): equivalent means in the scopes looked at, not at every size")
    began = time.monotonic()
    with _bar(len(chosen)) as advance:
        rulings, stopped = judge_all(chosen, settings, opened, min(args.jobs, max(1, len(chosen) // 8)), advance)
    seconds = time.monotonic() - began
    verdict = Verdict(tuple(rulings), _judges(settings), seconds, stopped is None)
    form = "json" if args.json else args.format or "text"
    if form == "json":
        write_json(mutated_document(table, verdict, len(chosen)), args.output)
    elif args.matrix:
        lines = matrix_markdown if form == "md" else matrix_lines
        write_lines(lines(matrix(verdict)), args.output)
    else:
        lines = mutated_markdown if form == "md" else mutated_lines
        write_lines(lines(table, verdict, len(chosen)), args.output)
    found = mutated_findings(table, verdict)
    try:
        hand_over((_placed(finding.subject, finding) for finding in found), args)
    finally:
        if args.picture is not None:
            _draw(matrix(verdict), args.picture)
    if stopped == "interrupted":
        note(f"{because()}: what was judged so far is what you see")
        return 130
    if stopped == "lost":
        note(f"{LOST}: {len(rulings):,} of {len(chosen):,} mutants were judged; fewer --jobs need less memory")
        return 5
    return int(verdict.count("survived") > 0)


def _draw(found: Matrix, file: str) -> None:
    """The kill matrix as a picture, by action."""
    groups: dict[str, list[Square]] = {}
    for name, became, cells in found.rows:
        groups.setdefault(name.partition("/")[0], []).append(Square(name, became, cells))
    noticed = sum(became == "killed" for _, became, _ in found.rows)
    caption = f"{len(found.rows)} mutants by action, a row of squares for each judge; {noticed} are noticed"
    png = file.endswith(".png")
    svg = squares_svg("Who notices a changed rule", caption, found.judges, groups, "light" if png else "auto")
    write_bytes(png_bytes(svg) if png else svg.encode(), file)


def _placed(subject: str, finding: Any) -> Any:
    file, line = place_of(f'"{subject.partition("/")[0]}",', "rules")
    return replace(finding, file=file, line=line)


def _judges(settings: Settings) -> tuple[Judge, ...]:
    absent = {"scenarios": not settings.scenarios, "oracle": settings.oracle is None}
    return tuple(judge for judge in JUDGES if not absent.get(judge, False))


def _chosen(args: argparse.Namespace, every: tuple[Mutant, ...]) -> list[Mutant]:
    actions, ids = dict.fromkeys(m.action for m in every), [m.id for m in every]
    for said, known, kind, show in ((args.action, actions, "action", len(actions)), (args.mutant, ids, "mutant", 12)):
        for name in said:
            if name not in known:
                raise UsageError(f"--{kind}: {unknown(kind, name, known, show)}")
    for name in args.operator:
        if name not in OPERATORS:
            raise UsageError(f"--operator: {unknown('operator', name, OPERATORS)}")
    found = [
        m
        for m in every
        if (not args.action or m.action in args.action)
        and (not args.operator or m.operator in args.operator)
        and (not args.mutant or m.id in args.mutant)
    ]
    if not found:
        raise UsageError("no mutant is of that action and operator")
    return found


def _scenarios(folder: str | None, table: Model) -> Iterator[Scenario]:
    """The scenarios that can notice something; of the others it is told why they are passed over."""
    path = Path("simulations" if folder is None else folder)
    if is_folder(path):
        for file in sorted(path.glob("*.toml")):
            try:
                scenario = load(str(file), table)
            except BadInput as error:
                note(f"passed over: {error}")
                continue
            if scenario.without:
                continue  # it is about another table
            if play(scenario, under(scenario, table)).passed:
                yield scenario
            else:
                note(f"passed over: {file} does not go as it expects on this table")
    elif folder is not None:
        raise BadInput("is no folder of scenarios", folder)
    else:
        note("no folder 'simulations' here: no scenario is asked; name one with --scenarios DIR")


@contextmanager
def _bar(total: int) -> Generator[Callable[[int], None]]:
    """A progress bar on stderr, for whoever waits at a terminal."""
    if not sys.stderr.isatty() or find_spec("rich") is None:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("mutants"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("mutants", total=total)
        yield lambda number: progress.advance(task, number)


# ---------------------------------------------------------------- in each process


def opened(settings: Settings) -> Court:
    """The court that some settings describe."""
    table = settings.table
    notice = Notice(table, settings.scenarios) if settings.scenarios else None
    return Court(
        table,
        [scope(*size) for size in SMALL_SCOPES],
        (lambda mutant: notice(mutant.rule)) if notice else None,
        consulting(settings.oracle) if settings.oracle is not None else None,
        _alike() if settings.prove else None,
    )


def _alike() -> Prove:
    from backup_slr.engine.prove.alike import Alike

    return Alike()


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


def consulting(name: str) -> Consult:
    """Ask an oracle what it says of an example: anything else than a model does, or the same.

    Raises
    ------
    BadInput
        When it cannot answer: what it raised, and of which request.
    """
    make = oracle_of(name)

    def consult(model: Model, example: Example) -> str | None:
        sizes = [example.scope.sizes[sort.name] for sort in model.sorts]
        bound = example.scope.bounds["points"]
        try:
            with open_adapter(lambda: make(*sizes, bound, dict(example.assumed))) as adapter:
                return follow(adapter, Machine(model, example.scope), usual_names(*sizes), example.requests)
        except Exception as error:  # the oracle is somebody's program
            asked = ", ".join(request.action for request in example.requests)
            wants = "it is called with (regions, vaults, points, assumptions) and answers as an Adapter does"
            raise BadInput(f"{raised(error)}, when asked for {asked}; {wants}", f"--oracle {name}") from None

    return consult
