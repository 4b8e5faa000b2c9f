"""The engines compared with Spin and a plain interpreter on the common model: part of ``make bench``.

Each is a separate program, timed from start to end on the same machine, one after the other; only the ratios matter.
``--vaults`` and ``--points`` set the size, ``--markdown`` prints the tables of tests/benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import common_model

HERE = Path(__file__).parent
LIFECYCLE = ((2, 2, 1), (2, 3, 2), (3, 2, 2), (2, 4, 1))


@dataclass
class Run:
    """One program on one model: wall and processor seconds, states found, peak memory in MiB."""

    name: str
    seconds: float
    busy: float
    states: int
    mib: float
    more: str = ""


def timed(command: Sequence[str]) -> tuple[float, float, float, str]:
    """Wall and processor seconds, peak memory in MiB, and the output of a program."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if process.returncode not in (0, 5):
        raise SystemExit(f"{' '.join(command)}: ended with {process.returncode}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, printed


def ours(engine: str, vaults: int, points: int, symmetry: bool = False) -> Run:
    """One of our engines on the common model; the best of two runs."""
    command = [sys.executable, str(HERE / "common_model.py"), "--vaults", str(vaults), "--points", str(points)]
    command += ["--engine", engine, "--json", *(["--symmetry"] if symmetry else [])]
    seconds, busy, mib, printed = min(timed(command) for _ in range(2))
    found = json.loads(printed)
    more = f"{found['representatives']:,} kept" if symmetry else ""
    return Run(f"{engine}, symmetry" if symmetry else engine, seconds, busy, found["states"], mib, more)


def interpreter(vaults: int, points: int) -> Run:
    """Dicts and functions, as in a general library of state machines."""
    seconds, busy, mib, printed = timed([sys.executable, str(HERE / "plain.py"), str(vaults), str(points)])
    return Run("dict interpreter", seconds, busy, int(printed), mib)


def spin(vaults: int, points: int, parallel: bool) -> Run | None:
    """Spin, breadth first, without the time to generate and compile its verifier; None if it is not installed."""
    if not shutil.which("spin") or not shutil.which("gcc"):
        return None
    with TemporaryDirectory() as folder:
        shutil.copy(HERE / "common.pml", folder)
        said = ["spin", f"-DN={vaults}", f"-DP={points}", "-a", "common.pml"]
        subprocess.run(said, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        flags = ["-DBFS_PAR", "-DNCORE=2"] if parallel else ["-DBFS"]
        build = ["gcc", "-O2", "-w", *flags, "-DSAFETY", "-DNOREDUCE", "-DNOFAIR", "-o", "pan", "pan.c", "-lpthread"]
        if subprocess.run(build, cwd=folder, check=False, capture_output=True).returncode:
            return None
        options = ["-u2"] if parallel else ["-w24"]
        seconds, busy, mib, printed = timed([f"{folder}/pan", "-m1000000", *options])
    states = max((int(float(n)) for n in re.findall(r"(\S+) states, stored", printed)), default=0)
    return Run(f"Spin, {'BFS_PAR, 2 cores' if parallel else 'BFS'}", seconds, busy, states, mib)


def on_the_common_model(vaults: int, points: int) -> list[Run]:
    """Every program, one after the other."""
    runs: list[Run] = []
    for parallel in (False, True):
        run = spin(vaults, points, parallel)
        if run is None:
            print(
                f"Spin ({'BFS_PAR' if parallel else 'BFS'}) is skipped: Spin or gcc is not installed, or fails",
                file=sys.stderr,
            )
        else:
            runs.append(run)
    if common_model.states(vaults, points) <= 1_000_000:
        runs.append(interpreter(vaults, points))
        runs.append(ours("python", vaults, points))
    return [*runs, ours("numpy", vaults, points), ours("numpy", vaults, points, symmetry=True)]


def on_the_lifecycle(size: tuple[int, int, int], option: str = "--safety") -> str:
    """A row of a table: the lifecycle in a scope."""
    regions, vaults, points = map(str, size)
    command = [sys.executable, "-m", "backup_slr", "check", option, "--json", "--engine", "numpy"]
    command += ["--regions", regions, "--vaults", vaults, "--points", points, "--max-states", "100000000"]
    seconds, busy, mib, printed = timed(command)
    found = json.loads(printed)
    numbers = f"{found['states']:,} | {found['representatives']:,} | {found['transitions']:,}"
    cells = (" x ".join(map(str, size)), found["verdict"], numbers)
    return f"| {' | '.join(cells)} | {seconds:.1f} s | {busy:.1f} s | {mib:,.0f} |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vaults", type=int, default=6)
    parser.add_argument("--points", type=int, default=4)
    parser.add_argument("--quick", action="store_true", help="the default scope of the real model only")
    args = parser.parse_args()
    expected = common_model.states(args.vaults, args.points)
    runs = on_the_common_model(args.vaults, args.points)
    spin_seconds = next((run.seconds for run in runs if run.name == "Spin, BFS"), None)
    print(f"common model, {args.vaults} vaults, {args.points} points: {expected:,} states\n")
    print(
        "| engine | wall time | processor time | states per second | relative to Spin's BFS | MiB | bytes per state | |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for run in runs:
        ratio = f"{spin_seconds / run.seconds:.1f}" if spin_seconds else ""
        note = run.more if run.states == expected else f"{run.states:,} states, not {expected:,}"
        size = "" if run.more else f"{run.mib * 2**20 / expected:.0f}"
        rate = f"{expected / run.seconds:,.0f}"
        times = f"{run.seconds:.2f} s | {run.busy:.2f} s"
        print(f"| {run.name} | {times} | {rate} | {ratio} | {run.mib:,.0f} | {size} | {note} |")
    print("\nthe lifecycle, all safety properties, with symmetry (Regions x vaults x points)\n")
    print("| scope | verdict | states | representatives | transitions | wall time | processor time | MiB |")
    print("|---|---|---|---|---|---|---|---|")
    for size in LIFECYCLE[: 1 if args.quick else None]:
        print(on_the_lifecycle(size), flush=True)
    print("\nall properties, without symmetry\n")
    print(on_the_lifecycle((2, 3, 1), "--no-symmetry"), flush=True)
    print(f"\nload of the machine at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
