"""Many mutants judged on several processors: each process has a court of its own, and takes a few of one rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Literal as Exactly
from typing import TypeAlias, TypeVar

from backup_slr.engine.check.workers import workers
from backup_slr.engine.mutation.court import Court, Ruling
from backup_slr.engine.mutation.mutants import Mutant

S = TypeVar("S")
Stop: TypeAlias = Exactly["interrupted", "lost"]
"""Why not all mutants were judged: somebody interrupted it, or a process was lost."""
CHUNK = 6
_court: list[Court] = []
"""The court of a process that works for another."""


def judge_all(
    mutants: Sequence[Mutant],
    settings: S,
    opened: Callable[[S], Court],
    jobs: int,
    progress: Callable[[int], None],
) -> tuple[list[Ruling], Stop | None]:
    """Judge all mutants; the rulings in their order, and what kept some from being judged, if anything did.

    Parameters
    ----------
    mutants
        What to judge.
    settings, opened
        What makes a court, and the function of a module that makes it; both go to other processes.
    jobs
        How many processes; with one, no other is started.
    progress
        Called with the number of mutants judged since the last call.
    """
    rulings: dict[str, Ruling] = {}
    try:
        if jobs == 1:
            court = opened(settings)
            for mutant in mutants:
                rulings[mutant.id] = court.judge(mutant)
                progress(1)
        else:
            _share(mutants, settings, opened, jobs, rulings, progress)
    except (KeyboardInterrupt, BrokenProcessPool) as stop:
        why: Stop = "lost" if isinstance(stop, BrokenProcessPool) else "interrupted"
        return [rulings[m.id] for m in mutants if m.id in rulings], why
    return [rulings[m.id] for m in mutants], None


def _share(
    mutants: Sequence[Mutant],
    settings: S,
    opened: Callable[[S], Court],
    jobs: int,
    rulings: dict[str, Ruling],
    progress: Callable[[int], None],
) -> None:
    with workers(jobs, _open, opened, settings) as pool:
        chunks = [list(mutants[i : i + CHUNK]) for i in range(0, len(mutants), CHUNK)]
        open_: set[Future[list[Ruling]]] = {pool.submit(_judge, chunk) for chunk in chunks}
        while open_:
            done, open_ = wait(open_, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=lambda future: future.exception() is not None):  # what is done is kept
                for ruling in future.result():
                    rulings[ruling.mutant.id] = ruling
                    progress(1)


def _open(opened: Callable[[S], Court], settings: S) -> None:
    _court.append(opened(settings))


def _judge(chunk: list[Mutant]) -> list[Ruling]:
    return [_court[0].judge(mutant) for mutant in chunk]
