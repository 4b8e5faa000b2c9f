"""``backup-slr export promela --check``: Spin explores the export, and what it finds stands beside what we find."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.errors import MissingTool, printable

Comparison: TypeAlias = Exactly["agrees", "DISAGREES", "inconclusive"]
NEEDED = {"spin": "spin", "gcc": "gcc libc6-dev"}
"""The programs that are run, each with the Debian packages that have it."""
DEPTH = 2_000_000
"""So deep Spin may search; each step of the model is several of its own."""


@dataclass(frozen=True)
class SpinReport:
    """What Spin found: how many states, which properties do not hold, and whether it got to the end; if not, why."""

    states: int
    violated: tuple[str, ...]
    complete: bool
    why: str = ""


class _Failed(Exception):
    """A program that is there, and does not do what it should."""


def explore(lines: Iterable[str], asserted: Mapping[str, str], seconds: float | None = None) -> SpinReport:
    """Let Spin explore a Promela model; `asserted` are the properties by the variables that hold them.

    Raises
    ------
    MissingTool
        When Spin or a C compiler is not installed.
    """
    missing = [packages for program, packages in NEEDED.items() if shutil.which(program) is None]
    if missing:
        raise MissingTool(f"Spin needs the Debian packages: {' '.join(missing)} (apt-get install {' '.join(missing)})")
    with TemporaryDirectory() as folder:
        (Path(folder) / "model.pml").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

        def run(*command: str) -> str:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=seconds)
            if done.returncode != 0:
                said = (done.stdout + done.stderr).strip().splitlines() or ["nothing"]
                raise _Failed(f"{command[0]} failed and said: {printable(said[-1], 200)}")
            return done.stdout

        try:
            run("spin", "-a", "model.pml")
            run("gcc", "-O1", "-w", "-DSAFETY", "-o", "pan", "pan.c")
            out = run("./pan", f"-m{DEPTH}", "-c0")
        except subprocess.TimeoutExpired:
            return SpinReport(0, (), False, "it was not done in time")
        except _Failed as failed:
            return SpinReport(0, (), False, str(failed))
    states = re.search(r"(\d+) states, stored", out)
    cut = [why for why in ("max search depth too small", "out of memory") if why in out]
    violated = {asserted[name] for name in re.findall(r"assertion violated (\w+)", out)}
    return SpinReport(
        int(states[1]) if states else 0, tuple(sorted(violated)), not cut and states is not None, "".join(cut)
    )


def compare(found: SpinReport, states: int, violated: Iterable[str], why: str = "") -> Comparison:
    """Whether both say the same; `why` our own search was cut short, if it was.

    They agree only if both have looked at everything. They disagree for sure if one has found a violation of what the
    other, having looked at everything, has not.
    """
    ours, spins = set(violated), set(found.violated)
    if (found.complete and ours - spins) or (not why and spins - ours):
        return "DISAGREES"
    if not found.complete or why:
        return "inconclusive"
    return "agrees" if found.states == states else "DISAGREES"


def comparison_lines(found: SpinReport, states: int, violated: Iterable[str], why: str = "") -> Iterator[str]:
    """Both answers, one beside the other."""
    ours = tuple(sorted(violated))
    verdict = compare(found, states, ours, why)
    yield f"verdict      {verdict}"
    yield f"Spin         {found.states:,} states{'' if found.complete else f', and not all: {found.why}'}"
    yield f"backup-slr   {states:,} states{f', and not all: {why}' if why else ''}"
    for name in sorted({*found.violated, *ours}):
        both = "VIOLATED, say both" if name in found.violated and name in ours else "said to be violated by one only"
        yield f"  {both}: {name}"
    if verdict == "agrees" and not ours:
        yield "No property of states or steps is violated, say both."
