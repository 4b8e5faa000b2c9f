"""The command that plays runbooks."""

from __future__ import annotations

import argparse

from backup_slr.cli.parsers.command import Command
from backup_slr.runbook import MAX_STATES, MAX_STEPS

MOST_RUNS = 10**9


def _run(parser: argparse.ArgumentParser) -> None:
    from backup_slr.cli import options

    counted, numbered = options.whole(1, MOST_RUNS), options.whole(0, MOST_RUNS)
    parser.add_argument("runbooks", metavar="RUNBOOK", nargs="+", help="runbook files")
    parser.add_argument("--account", metavar="FILE", required=True, help="the account, and what goes on in it")
    parser.add_argument(
        "--runs", type=counted, metavar="N", help="runs of each runbook (default 1000; of a fleet: 1 each)"
    )
    parser.add_argument(
        "--seed",
        type=options.whole(0, MOST_RUNS**2),
        default=1,
        metavar="S",
        help="names all random numbers (default 1)",
    )
    parser.add_argument(
        "--deadline",
        type=options.positive(MOST_RUNS, "a number of minutes", "60"),
        metavar="MINUTES",
        help="success means: the role is gone by then",
    )
    parser.add_argument(
        "--fleet", type=counted, metavar="N", help="draw N accounts as [fleet] of the account file says"
    )
    parser.add_argument(
        "--sweep",
        metavar="NAME=A..B[..STEP]",
        help="try these values of a runbook's parameter; the shortest that will do",
    )
    parser.add_argument(
        "--goal",
        type=options.positive(1, "a share", "0.99"),
        metavar="SHARE",
        help="what will do in a sweep (default 0.99 of runs succeed)",
    )
    one = parser.add_argument_group("one run")
    one.add_argument("--run", type=numbered, metavar="K", help="which run the following are about (default 0)")
    one.add_argument("--trace", metavar="FILE", help="that run as a scenario file for 'simulate'")
    one.add_argument("--cloudtrail", metavar="FILE", help="that run as CloudTrail would have logged it (JSON)")
    one.add_argument("--plot-timeline", metavar="FILE", help="that run as a picture (.svg, .png)")
    many = parser.add_argument_group("all runs")
    many.add_argument("--csv", metavar="FILE", help="a row for each run")
    many.add_argument("--plot", metavar="FILE", help="time to deletion as curves (.svg, .png)")
    many.add_argument("--plot-calls", metavar="FILE", help="where calls go (.svg, .png)")
    many.add_argument("--report", metavar="FILE", help="all of it as one HTML page")
    many.add_argument(
        "--max-states",
        type=counted,
        default=MAX_STATES,
        metavar="N",
        help=f"largest Markov chain (default {MAX_STATES})",
    )
    many.add_argument(
        "--max-steps",
        type=counted,
        default=MAX_STEPS,
        metavar="N",
        help=f"give up where a run takes more (default {MAX_STEPS})",
    )
    spread = parser.add_argument_group("where it runs")
    spread.add_argument(
        "--workers", type=options.whole(1, 1024), default=1, metavar="N", help="processes on this machine (default 1)"
    )
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
