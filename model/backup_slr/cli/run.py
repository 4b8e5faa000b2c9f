"""``backup-slr run``: runbooks played many times against an account, with exact answers beside the sampled ones."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from backup_slr.cli.bounds import because
from backup_slr.cli.files import together
from backup_slr.cli.options import UsageError, assumed, left_out, the_table
from backup_slr.cli.output import note, write, write_bytes, write_json, write_lines
from backup_slr.cli.parsers.runbook import MOST_RUNS
from backup_slr.cli.playing import gather
from backup_slr.cli.sweep import sweep
from backup_slr.errors import BadInput, MissingTool, quoted
from backup_slr.runbook import MAX_STATES, MAX_STEPS, account, cloudtrail, record
from backup_slr.runbook.account import Environment
from backup_slr.runbook.book import Runbook
from backup_slr.runbook.chain import NoAnswer
from backup_slr.runbook.exact import Exact, exact
from backup_slr.runbook.load import load
from backup_slr.runbook.study import Chunk, Recorded, Study, TooManySteps, recorded, tables_of
from backup_slr.runbook.tell import Outcome, outcomes, study_document, study_lines

PICTURES = (".svg", ".png")


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
    targets = [args.trace, args.cloudtrail, args.plot_timeline]
    one = _one(study, args) if any(targets) else None
    chunk, stopped = gather(study, args)
    if chunk is None:
        if isinstance(stopped, Exception):
            raise stopped
        note(f"{because()} before any run was done")
        return 130
    found = outcomes(study, chunk, [exactly(study, i, args.max_states) for i in range(len(study.books))])
    # Files first: whoever reads stdout may stop reading. If one cannot be written, stdout has the results all the same.
    try:
        with together():
            _write_files(study, chunk, found, one, args)
    finally:
        if args.json:
            write_json(study_document(study, found, chunk.number), args.output)
        else:
            write_lines(study_lines(study, found, chunk.number), args.output)
    if stopped is None:
        return 0
    why = f"error: {stopped}" if isinstance(stopped, Exception) else because()
    note(f"{why}; these are the first {chunk.number:,} of {study.total:,} runs{_how_to_go_on(args)}")
    return code_of(stopped)


def code_of(stopped: BaseException) -> int:
    """The exit code of what kept runs from being played to their end."""
    if isinstance(stopped, TooManySteps):
        return 5
    return 4 if isinstance(stopped, MissingTool) else 3 if isinstance(stopped, BadInput) else 130


def _how_to_go_on(args: argparse.Namespace) -> str:
    if args.resume:
        return f"; the same command goes on from {args.resume}"
    return "; with --resume FILE they would be kept to go on from"


def _usage(args: argparse.Namespace) -> None:
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
    if args.run >= study.total:
        raise UsageError(f"--run: runs are numbered from 0 to {study.total - 1}, not {args.run}")
    return study


def exactly(study: Study, number: int, most: int) -> Exact | NoAnswer:
    """The exact answer about a runbook, or why there is none."""
    if study.fleet is not None:
        return NoAnswer("the account differs from run to run")
    try:
        return exact(tables_of(study, number), study.limits(study.books[number]), most)
    except NoAnswer as why:
        return why


def _one(study: Study, args: argparse.Namespace) -> Recorded:
    return recorded(study, 0, args.run)


def _write_files(
    study: Study, chunk: Chunk, found: list[Outcome], one: Recorded | None, args: argparse.Namespace
) -> None:
    names = study.environment.names
    title = f"{study.books[0].title}: run {args.run} of seed {study.seed}"
    if one is not None and args.trace:
        write((record.scenario_text(one, title, names),), args.trace)
    if one is not None and args.cloudtrail:
        write((cloudtrail.log_text(one, names),), args.cloudtrail)
    if not any((args.plot, args.plot_calls, args.plot_timeline, args.report)):
        return
    from backup_slr.runbook import page, plots

    for target, draw in (
        (args.plot, lambda: plots.curves(study, found)),
        (args.plot_calls, lambda: plots.calls(found)),
        (args.plot_timeline, lambda: plots.timeline(one or _one(study, args), names, title)),
    ):
        if target:
            write_bytes(plots.picture(draw(), Path(target).suffix.lower()[1:]), target)
    if args.report:
        one = one or _one(study, args)
        write((page.page(study, found, one, title, chunk.number, command(args)),), args.report)


def command(args: argparse.Namespace) -> str:
    """The command line that gives the same results again."""
    from shlex import quote

    parts = ["backup-slr run", *map(quote, args.runbooks), "--account", quote(args.account)]
    usual = {"run": 0, "max_states": MAX_STATES, "max_steps": MAX_STEPS}
    for name in ("runs", "seed", "deadline", "fleet", "rules", "run", "max_states", "max_steps"):
        value = getattr(args, name)
        if value is not None and value != usual.get(name):
            parts.append(f"--{name.replace('_', '-')} {quote(str(value))}")
    for name in ("assume", "without"):
        parts += [f"--{name} {quote(value)}" for value in getattr(args, name)]
    if args.report:
        parts += ["--report", quote(args.report)]
    return " ".join(parts)
