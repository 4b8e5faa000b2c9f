"""``backup-slr run``: runbooks played many times against an account, with exact answers beside the sampled ones."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from backup_slr.cli.bounds import because
from backup_slr.cli.files import together
from backup_slr.cli.options import UsageError, assumed, left_out, the_table
from backup_slr.cli.output import note, write, write_bytes, write_json, write_lines
from backup_slr.cli.parsers.runbook import MOST_RUNS
from backup_slr.cli.playing import gather
from backup_slr.cli.sweep import sweep
from backup_slr.engine.check.exploration import Exhausted
from backup_slr.errors import BadInput, MissingTool, quoted
from backup_slr.runbook import MAX_STATES, MAX_STEPS, account, cloudtrail, to_scenario
from backup_slr.runbook.account import Environment
from backup_slr.runbook.book import Runbook
from backup_slr.runbook.executors import WorkersLost
from backup_slr.runbook.experiment import Chunk, Study, TooManySteps, dispatch_of, recorded
from backup_slr.runbook.load import load
from backup_slr.runbook.markov.build import NoAnswer
from backup_slr.runbook.markov.solve import Exact, exact
from backup_slr.runbook.report import RunbookResult, results_of, study_document, study_lines

PICTURES = (".svg", ".png")
ONE = ("trace", "cloudtrail", "plot_timeline", "report")
"""Options that write something about one run."""


def run(args: argparse.Namespace) -> int:
    """Play runbooks, tell what came of it, and write whatever else is asked for."""
    _usage(args)
    environment = account.load(args.account).assuming(
        assumed(args.assume, the_table(args)),
        tuple(left_out(dict.fromkeys(args.without), the_table(args))),
        the_table(args) if args.rules is not None else None,
    )
    if args.fleet is not None and environment.fleet is None:
        raise BadInput("no [fleet]: say how accounts differ, e.g. vault = 0.8 (the chance of each vault)", args.account)
    if args.sweep is not None:
        return sweep(args, environment)
    study = the_study(args, [load(file) for file in args.runbooks], environment)
    study.check()
    chunk, stopped = gather(study, args)
    if chunk is None:
        note(f"error: {stopped}" if isinstance(stopped, Exception) else f"{because()} before any run was done")
        return code_of(stopped)
    found = results_of(study, chunk, _exact_answers(study, args, stopped))
    # Files first: whoever reads stdout may stop reading. If one cannot be written, stdout has the results all the same.
    unwritten: BaseException | None = None
    try:
        with together():
            _write_files(study, chunk, found, args)
    except (BadInput, MissingTool, Exhausted) as error:
        unwritten = error
    finally:
        if args.json:
            write_json(study_document(study, found, chunk.number), args.output)
        else:
            write_lines(study_lines(study, found, chunk.number), args.output)
    if stopped is not None:
        why = f"error: {stopped}" if isinstance(stopped, Exception) else because()
        note(f"{why}; these are the first {chunk.number:,} of {study.total:,} runs{_how_to_go_on(args)}")
    if unwritten is not None and str(unwritten) != str(stopped):
        note(f"error: {because() if isinstance(unwritten, Exhausted) else unwritten}")
    return code_of(stopped or unwritten)


def _exact_answers(study: Study, args: argparse.Namespace, stopped: BaseException | None) -> list[Exact | NoAnswer]:
    """The exact answer about each runbook, as far as there is time left for it."""
    found: list[Exact | NoAnswer] = []
    try:
        if not isinstance(stopped, Exhausted):
            found += (exactly(study, i, args.max_states) for i in range(len(study.books)))
    except Exhausted:
        pass
    return found + [NoAnswer("no time was left for it")] * (len(study.books) - len(found))


def code_of(stopped: BaseException | None) -> int:
    """The exit code of what kept runs from being played to their end, or their results from being written."""
    if stopped is None:
        return 0
    if isinstance(stopped, TooManySteps | WorkersLost):
        return 5
    return 4 if isinstance(stopped, MissingTool) else 3 if isinstance(stopped, BadInput) else 130


def _how_to_go_on(args: argparse.Namespace) -> str:
    if args.resume:
        return f"; the same command goes on from {args.resume}"
    return "; with --resume FILE they would be kept to go on from"


def _usage(args: argparse.Namespace) -> None:
    if args.run is not None and not any(getattr(args, name) for name in ONE):
        raise UsageError(f"--run goes with {', '.join(f'--{name.replace(chr(95), chr(45))}' for name in ONE)}")
    if args.goal is not None and args.sweep is None:
        raise UsageError("--goal goes with --sweep")
    if args.executor == "dask" and args.scheduler is None:
        raise UsageError("--executor dask: say where with --scheduler ADDRESS, e.g. tcp://127.0.0.1:8786")
    if args.scheduler is not None and args.executor != "dask":
        raise UsageError("--scheduler goes with --executor dask")
    for name in ("plot", "plot_calls", "plot_timeline"):
        file = getattr(args, name)
        if file is not None and Path(file).suffix.lower() not in PICTURES:
            raise UsageError(f"--{name.replace('_', '-')}: a file that ends in {' or '.join(PICTURES)}, not {file!r}")
    _files(args)
    names = [Path(file).stem for file in args.runbooks]
    if len(set(names)) < len(names):
        raise UsageError("two runbooks of the same name cannot be told apart; name each once")
    if args.sweep is not None:
        if len(names) != 1:
            raise UsageError("--sweep goes with one runbook")
        others = ("trace", "cloudtrail", "plot_timeline", "csv", "plot", "plot_calls", "report", "resume")
        for name in others:
            if getattr(args, name):
                raise UsageError(f"--sweep and --{name.replace('_', '-')} do not go together")


def _files(args: argparse.Namespace) -> None:
    """What is written goes into files of their own, none of which is read; stdout takes one thing only."""
    taken: dict[str, str] = {}
    for option, name in (*(("RUNBOOK", file) for file in args.runbooks), ("--account", args.account), *_targets(args)):
        if name is None:
            continue
        if not name:
            raise UsageError(f"{option}: the name of a file cannot be empty")
        if name == "-":
            if option in ("--trace", "--cloudtrail", "--report") and args.output not in (None, "-"):
                name = "/dev/stdout"
            elif option != "--output":
                raise UsageError(f"{option}: name a file; stdout has the result")
        file = os.path.realpath(name)
        if option.startswith("--") and file in taken and not file.startswith("/dev/null"):
            raise UsageError(f"{option} and {taken[file]} cannot both be {quoted(name)}")
        taken[file] = option


def _targets(args: argparse.Namespace) -> Iterator[tuple[str, str | None]]:
    for name in ("rules", "output", "trace", "cloudtrail", "plot_timeline", "csv", "plot", "plot_calls", "report"):
        yield f"--{name.replace('_', '-')}", getattr(args, name)
    yield "--resume", args.resume


def the_study(args: argparse.Namespace, books: list[Runbook], environment: Environment) -> Study:
    """What the command line asks."""
    runs = args.runs if args.runs is not None else (1 if args.fleet else 1000)
    study = Study(tuple(books), environment, args.seed, runs, args.deadline, args.fleet, args.max_steps)
    if study.total > MOST_RUNS:
        raise UsageError(f"--runs: at most {MOST_RUNS:,} runs in all")
    if args.run is not None and args.run >= study.total:
        raise UsageError(f"--run: runs are numbered from 0 to {study.total - 1}, not {args.run}")
    return study


def exactly(study: Study, number: int, most: int) -> Exact | NoAnswer:
    """The exact answer about a runbook, or why there is none."""
    if study.fleet is not None:
        return NoAnswer("the account differs from run to run")
    try:
        return exact(dispatch_of(study, number), study.limits(study.books[number]), most)
    except NoAnswer as why:
        return why


def _picture(target: str, draw: Callable[[ModuleType], Any]) -> None:
    """Draw with the module of plots, which is loaded only now, and write the picture."""
    from backup_slr.runbook import plots

    write_bytes(plots.picture(draw(plots), Path(target).suffix.lower()[1:]), target)


def _write_files(study: Study, chunk: Chunk, found: list[RunbookResult], args: argparse.Namespace) -> None:
    """Write the files about all runs, then those about one run, which may take too many steps."""
    names = study.environment.names
    if args.plot:
        _picture(args.plot, lambda plots: plots.curves(study, found))
    if args.plot_calls:
        _picture(args.plot_calls, lambda plots: plots.calls(found))
    if not any(getattr(args, name) for name in ONE):
        return
    number = args.run or 0
    one = recorded(study, 0, number)
    title = f"{study.books[0].title}: run {number} of seed {study.seed}"
    if args.trace:
        write((to_scenario.scenario_text(one, title, names),), args.trace)
    if args.cloudtrail:
        write((cloudtrail.log_text(one, names),), args.cloudtrail)
    if args.plot_timeline:
        _picture(args.plot_timeline, lambda plots: plots.timeline(one, names, title))
    if args.report:
        from backup_slr.runbook import html

        write((html.page(study, found, one, title, chunk.number, command(args)),), args.report)


def command(args: argparse.Namespace) -> str:
    """The command line that gives the same results again."""
    from shlex import quote

    parts = ["backup-slr run", *map(quote, args.runbooks), "--account", quote(args.account)]
    usual = {"max_states": MAX_STATES, "max_steps": MAX_STEPS}
    for name in ("runs", "seed", "deadline", "fleet", "rules", "run", "max_states", "max_steps"):
        value = getattr(args, name)
        if value is not None and value != usual.get(name):
            parts.append(f"--{name.replace('_', '-')} {quote(str(value))}")
    for name in ("assume", "without"):
        parts += [f"--{name} {quote(value)}" for value in getattr(args, name)]
    if args.report:
        parts += ["--report", quote(args.report)]
    return " ".join(parts)
