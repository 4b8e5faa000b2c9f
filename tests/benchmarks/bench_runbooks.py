"""Measure the speed of runbooks against the same simulation in SimPy: part of ``make bench``.

One run of this script measures everything side by side. Rates are the best of several runs, in processor seconds for
one core; scaling is wall time and includes the start of processes.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from multiprocessing import Process
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bench
import simpy_cleanup

from backup_slr.runbook import busy_account, executors, runbook_file
from backup_slr.runbook.experiment import LARGEST_BATCH, Study, played

ROOT = Path(__file__).parent.parent.parent
BOOK = ROOT / "simulations/runbooks/the-page.toml"
ACCOUNT = ROOT / "simulations/accounts/five-by-twenty.toml"
SIMPY_RUNS = 2_000
MANY = 100_000
SCALED = 2_000_000


def study(runs: int) -> Study:
    """The clean-up of 5 vaults with 20 points each, while jobs block some deletions."""
    return Study((runbook_file.load(BOOK),), busy_account.load(ACCOUNT), 1, runs)


def in_pieces(runs: int, workers: int) -> None:
    """Simulate `runs` runs, and add up their results."""
    asked = study(runs)
    pieces = asked.cut(runs, workers)
    chunks = executors.here(asked, pieces, False) if workers == 1 else executors.pool(asked, pieces, False, workers)
    total = None
    for chunk in chunks:
        total = chunk if total is None else total + chunk
    assert total is not None
    assert total.number == runs


def count() -> None:
    """Count, which needs only a processor."""
    for number in range(30_000_000):
        number * number


def yardstick() -> float:
    """The speedup of two counting processes over one: the effective number of processors."""
    seconds: list[float] = []
    for number in (1, 2):
        began = time.perf_counter()
        processes = [Process(target=count) for _ in range(number)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        seconds.append(time.perf_counter() - began)
    return 2 * seconds[0] / seconds[1]


def memory(runs: int) -> float:
    """The peak memory, in MiB, of a process that simulates `runs` runs."""
    program = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import bench_runbooks as b; b.report({runs})"
    )
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return float(found.stdout)


def report(runs: int) -> None:
    """Simulate `runs` runs and print the peak memory."""
    in_pieces(runs, 1)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def table() -> list[tuple[str, str, str]]:
    """The measured figures next to their goals."""
    asked = study(LARGEST_BATCH)
    played(asked, 0, LARGEST_BATCH)  # prepared once
    ours = LARGEST_BATCH / bench.best(lambda: played(asked, 0, LARGEST_BATCH), 4, time.process_time)
    theirs = SIMPY_RUNS / bench.best(lambda: [simpy_cleanup.run(i) for i in range(SIMPY_RUNS)], 4, time.process_time)
    many = bench.best(lambda: in_pieces(MANY, 1), 2)
    one, two = (bench.best(lambda n=n: in_pieces(SCALED, n), 1) for n in (1, 2))
    worth = yardstick()
    small, large = memory(MANY), memory(10 * MANY)
    return [
        ("runs per second, 5 vaults x 20 points with collisions, one core", f"{ours:,.0f}", ""),
        ("the same simulation in SimPy", f"{theirs:,.0f}", ""),
        ("ratio", f"{ours / theirs:.1f}", "at least 20"),
        (f"{MANY:,} such runs, one process", f"{many:.1f} s", "well under a minute"),
        (f"{SCALED:,} runs in two processes, speedup", f"{one / two:.2f}", "at least 1.8"),
        ("two processes that only count, speedup", f"{worth:.2f}", ""),
        (f"memory of {MANY:,} and of {10 * MANY:,} runs", f"{small:.0f} and {large:.0f} MiB", "does not grow"),
    ]


if __name__ == "__main__":
    bench.show(table(), 65, 22)
