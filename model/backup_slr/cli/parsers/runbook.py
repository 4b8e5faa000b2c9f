"""The command that plays runbooks."""

from __future__ import annotations

import argparse
import re

from backup_slr.cli.parsers.command import Command
from backup_slr.errors import quoted
from backup_slr.runbook import MAX_STATES, MAX_STEPS


def whole(said: str) -> int:
    """A whole number, as an option has it."""
    if not re.fullmatch(r"[+-]?[0-9]{1,400}", said):
        raise argparse.ArgumentTypeError(f"a whole number such as 1000, not {quoted(said)}")
    return int(said)


def number(said: str) -> float:
    """A number, as an option has it."""
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", said):
        raise argparse.ArgumentTypeError(f"a number such as 0.5, not {quoted(said)}")
    return float(said)


def _run(parser: argparse.ArgumentParser) -> None:
    from backup_slr.cli import options

    parser.add_argument("runbooks", metavar="RUNBOOK", nargs="+", help="runbook files")
    parser.add_argument("--account", metavar="FILE", required=True, help="the account, and what goes on in it")
    parser.add_argument(
        "--runs", type=whole, metavar="N", help="runs of each runbook (default 1000; of a fleet: 1 each)"
    )
    parser.add_argument("--seed", type=whole, default=1, metavar="S", help="names all random numbers (default 1)")
    parser.add_argument("--deadline", type=number, metavar="MINUTES", help="success means: the role is gone by then")
    parser.add_argument("--fleet", type=whole, metavar="N", help="draw N accounts as [fleet] of the account file says")
    parser.add_argument(
        "--sweep",
        metavar="NAME=A..B[..STEP]",
        help="try these values of a runbook's parameter; the shortest that will do",
    )
    parser.add_argument(
        "--goal",
        type=number,
        metavar="SHARE",
        help="what will do in a sweep (default 0.99 of runs succeed)",
    )
    one = parser.add_argument_group("one run")
    one.add_argument("--run", type=whole, metavar="K", help="which run the following are about (default 0)")
    one.add_argument("--trace", metavar="FILE", help="that run as a scenario file for 'simulate'")
    one.add_argument("--cloudtrail", metavar="FILE", help="that run as CloudTrail would have logged it (JSON)")
    one.add_argument("--plot-timeline", metavar="FILE", help="that run as a picture (.svg, .png)")
    many = parser.add_argument_group("all runs")
    many.add_argument("--csv", metavar="FILE", help="a row for each run")
    many.add_argument("--plot", metavar="FILE", help="time to deletion as curves (.svg, .png)")
    many.add_argument("--plot-calls", metavar="FILE", help="where calls go (.svg, .png)")
    many.add_argument("--report", metavar="FILE", help="all of it as one HTML page")
    many.add_argument(
        "--max-states", type=whole, default=MAX_STATES, metavar="N", help=f"largest Markov chain (default {MAX_STATES})"
    )
    many.add_argument(
        "--max-steps",
        type=whole,
        default=MAX_STEPS,
        metavar="N",
        help=f"give up where a run takes more (default {MAX_STEPS})",
    )
    many.add_argument("--timeout", type=number, metavar="SECONDS", help="tell what is known after so many seconds")
    spread = parser.add_argument_group("where it runs")
    spread.add_argument("--workers", type=whole, default=1, metavar="N", help="processes on this machine (default 1)")
    spread.add_argument("--executor", choices=("local", "dask"), default="local", help="local (default) or dask")
    spread.add_argument("--scheduler", metavar="ADDRESS", help="where the Dask scheduler listens")
    spread.add_argument("--resume", metavar="FILE", help="keep there what is done, and go on from there")
    options.model_options(parser)
    options.output_options(parser)


COMMANDS = {
    "run": Command(
        "backup_slr.cli.run:run",
        "play runbooks many times against a busy account",
        _run,
        "How long until the role is gone, how many calls, what gets in the way; several runbooks meet the same random "
        "numbers. Beside sampled values stand exact ones where durations are memoryless.",
        "examples:\n"
        "  backup-slr run simulations/runbooks/the-page.toml --account simulations/accounts/busy.toml --runs 10000\n"
        "  backup-slr run simulations/runbooks/*.toml --account simulations/accounts/busy.toml --report report.html\n"
        "  backup-slr run simulations/runbooks/a-few-tries.toml --account simulations/accounts/efs-still-on.toml "
        "--sweep wait=1..15 --deadline 240\n"
        "  backup-slr run simulations/runbooks/the-page.toml --account simulations/accounts/small.toml --run 7 "
        "--trace run7.toml",
    ),
}
