"""Measure the speeds in the README of benchmarks: ``make bench``.

Each figure is the best of several runs on this machine (the shortest run is the least disturbed one); comparisons are
ratios within one run. ``--markdown`` prints the table in tests/benchmarks/README.md.
"""

from __future__ import annotations

import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.exploration import Space
from backup_slr.engine.compile.interpreter import Situation, interpreted_step
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.step import Machine, Request
from backup_slr.lifecycle import BACKUP, lifecycle, scope
from backup_slr.version import __version__

MODEL = lifecycle().assuming()
DEFAULT = scope(2, 2, 1)
GOALS = {
    "one compiled step (mean over requests)": "below 1.5 µs",
    "the same step, interpreted node by node": "",
    "exploration, default scope": "at least 100,000 states/s",
    "exploration, 1 Region x 3 vaults x 2 points": "at least 100,000 states/s",
    "check, default scope, all properties": "below 1 s",
    "backup-slr --help": "below 150 ms",
    "check --with obstacle, default scope": "below 10 s",
    "check --with obstacle --safety": "below 3 s",
    "start-up with obstacle, processor time": "no measurable difference",
    "start-up with all extensions, processor time": "no measurable difference",
}


def best(run: Callable[[], object], times: int = 5, clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds of the shortest of several runs."""
    found: list[float] = []
    for _ in range(times):
        began = clock()
        run()
        found.append(clock() - began)
    return min(found)


def show(rows: Iterable[Sequence[str]], *widths: int) -> None:
    """Print the measured figures next to their goals."""
    if "--markdown" in sys.argv:
        print("| what | measured | goal |\n|---|---|---|")
        for row in rows:
            print(f"| {' | '.join(row)} |")
        return
    for name, value, goal in rows:
        print(f"{name:<{widths[0]}} {value:<{widths[1]}} {goal}")


def steps() -> tuple[float, float]:
    """Seconds for one step, compiled and interpreted, over every action in a busy state."""
    machine = Machine(MODEL, DEFAULT)
    state = machine.initial
    for request in (Request("perform_efs_automatic_backup", (0,)), Request("create_backup_vault", (1, 0))):
        state = machine.step(state, request).state
    todo = [Request(rule.action, (0,) * len(rule.place)) for rule in MODEL.rules]  # at the first place of each action
    layout = Layout(MODEL, DEFAULT)
    situations = [
        (rule, Situation(layout, state, next(DEFAULT.places(rule.place)), {}, place=q.place))
        for rule, q in zip(MODEL.rules, todo, strict=True)
    ]

    def compiled() -> None:
        for _ in range(2000):
            for request in todo:
                machine.step(state, request)

    def interpreted() -> None:
        for _ in range(50):
            for rule, here in situations:
                interpreted_step(rule, here)

    return best(compiled) / (2000 * len(todo)), best(interpreted) / (50 * len(todo))


def rate(*numbers: int) -> tuple[float, int]:
    """The rate of an exploration in states per second, including preparation, and the number of states."""
    found: list[int] = []
    seconds = best(lambda: found.append(len(Space(MODEL, scope(*numbers)).explore().states)), 3)
    return found[0] / seconds, found[0]


def started(extensions: Sequence[str]) -> float:
    """Processor seconds of a command that needs the rules and little else, with extensions or without."""
    program = [sys.executable, "-m", "backup_slr", "explain", "--list", *extensions]
    return best(lambda: subprocess.run(program, check=True, stdout=subprocess.DEVNULL), 7, of_children)


def of_children() -> float:
    """The processor time of programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def table() -> list[tuple[str, str, str]]:
    """Every figure, with its name and goal."""
    fast, slow = steps()
    default, states = rate(2, 2, 1)
    small, few = rate(1, 3, 2)
    check = best(lambda: Checker(MODEL, DEFAULT).check(), 3)
    program = [sys.executable, "-m", "backup_slr", "--help"]
    start = best(lambda: subprocess.run(program, check=True, stdout=subprocess.DEVNULL), 7)
    obstacle = BACKUP.extended("obstacle").model.assuming()
    safety = [p.id for p in obstacle.properties if p.kind in ("always", "step")]
    whole = best(lambda: Checker(obstacle, DEFAULT).check(), 2, time.process_time)
    safe = best(lambda: Checker(obstacle, DEFAULT).check(only=safety), 2, time.process_time)
    none, one, every = (started(some) for some in ((), ("--with", "obstacle"), ("--with", "all")))
    values = (
        f"{fast * 1e6:.2f} µs",
        f"{slow * 1e6:.1f} µs ({slow / fast:.0f} times as long)",
        f"{default:,.0f} states/s ({states:,} states)",
        f"{small:,.0f} states/s ({few:,} states)",
        f"{check:.1f} s",
        f"{start * 1e3:.0f} ms",
        f"{whole:.1f} s of processor time",
        f"{safe:.1f} s of processor time",
        *(f"{(some - none) * 1e3:+.0f} ms (without: {none * 1e3:.0f} ms)" for some in (one, every)),
    )
    return list(zip(GOALS, values, GOALS.values(), strict=True))


def main() -> None:
    """Print the table."""
    print(f"backup-slr {__version__}, Python {platform.python_version()}, {platform.machine()}\n")
    show(table(), 45, 40)


if __name__ == "__main__":
    main()
