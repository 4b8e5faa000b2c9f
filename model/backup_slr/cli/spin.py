"""``backup-slr export promela --check``: compare the results of Spin with those of this program."""

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
"""The programs that run, each with its Debian packages."""
DEPTH = 2_000_000
"""The depth limit of the search; each step of the model is several steps of Spin."""


@dataclass(frozen=True)
class SpinReport:
    """The result of Spin: its states, the violated properties, and whether it completed; if not, why."""

    states: int
    violated: tuple[str, ...]
    complete: bool
    why: str = ""


def explore(lines: Iterable[str], asserted: Mapping[str, str], seconds: float | None = None) -> SpinReport:
    """Let Spin explore a Promela model; `asserted` maps variables to the properties that they hold.

    Raises `MissingTool` when Spin or a C compiler is not installed, or rejects the model: the message has its words.
    """
    missing = [packages for program, packages in NEEDED.items() if shutil.which(program) is None]
    if missing:
        raise MissingTool(f"Spin needs the Debian packages: {' '.join(missing)} (apt-get install {' '.join(missing)})")
    with TemporaryDirectory() as folder:
        (Path(folder) / "model.pml").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

        def run(*command: str) -> str:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=seconds)
            if done.returncode != 0:
                said = (done.stdout + done.stderr).strip().splitlines() or ["no message"]
                raise MissingTool(f"{command[0]} failed: {printable(said[-1], 200)}")
            return done.stdout

        try:
            run("spin", "-a", "model.pml")
            run("gcc", "-O1", "-w", "-DSAFETY", "-o", "pan", "pan.c")
            out = run("./pan", f"-m{DEPTH}", "-c0")
        except subprocess.TimeoutExpired:
            return SpinReport(0, (), False, "the time limit was reached")
    states = re.search(r"(\d+) states, stored", out)
    cut = [why for why in ("max search depth too small", "out of memory") if why in out]
    violated = {asserted[name] for name in re.findall(r"assertion violated (\w+)", out)}
    return SpinReport(
        int(states[1]) if states else 0, tuple(sorted(violated)), not cut and states is not None, "".join(cut)
    )


def compare(found: SpinReport, states: int, violated: Iterable[str], why: str = "") -> Comparison:
    """Compare both results; `why` this program's search is incomplete, if it is.

    They agree only if both are complete. They disagree if one found a violation that the other, complete one did not.
    """
    ours, spins = set(violated), set(found.violated)
    if (found.complete and ours - spins) or (not why and spins - ours):
        return "DISAGREES"
    if not found.complete or why:
        return "inconclusive"
    return "agrees" if found.states == states else "DISAGREES"


def comparison_lines(found: SpinReport, states: int, violated: Iterable[str], why: str = "") -> Iterator[str]:
    """Report both results."""
    ours = tuple(sorted(violated))
    verdict = compare(found, states, ours, why)
    yield f"verdict      {verdict}"
    yield f"Spin         {found.states:,} states{'' if found.complete else f', incomplete: {found.why}'}"
    yield f"backup-slr   {states:,} states{f', incomplete: {why}' if why else ''}"
    for name in sorted({*found.violated, *ours}):
        both = "both report VIOLATED" if name in found.violated and name in ours else "only one reports VIOLATED"
        yield f"  {both}: {name}"
    if verdict == "agrees" and not ours:
        yield "Both report no violation of a property of states or steps."
