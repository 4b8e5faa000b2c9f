"""Mutation analysis in several processes: each has its own analysis, and takes a few mutants at a time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from typing import Literal as Exactly
from typing import TypeAlias, TypeVar

from backup_slr.engine.check.workers import workers
from backup_slr.engine.mutation.kills import MutantResult, MutationAnalysis
from backup_slr.engine.mutation.mutants import Mutant

S = TypeVar("S")
StoppedBy: TypeAlias = Exactly["interrupted", "lost"]
"""The reason why not all mutants are done: an interruption, or a lost process."""
CHUNK = 6
_analysis: list[MutationAnalysis] = []
"""The analysis of a worker process."""


def judge_all(
    mutants: Sequence[Mutant],
    settings: S,
    make: Callable[[S], MutationAnalysis],
    jobs: int,
    progress: Callable[[int], None],
) -> tuple[list[MutantResult], StoppedBy | None]:
    """The results in the order of the mutants, and the reason if some are missing; `make` runs in each process."""
    results: dict[str, MutantResult] = {}
    stopped: StoppedBy | None = None
    try:
        with closing(_results(mutants, settings, make, jobs)) as found:
            for result in found:
                results[result.mutant.id] = result
                progress(1)
    except KeyboardInterrupt:
        stopped = "interrupted"
    except BrokenProcessPool:
        stopped = "lost"
    return [results[m.id] for m in mutants if m.id in results], stopped


def _results(
    mutants: Sequence[Mutant], settings: S, make: Callable[[S], MutationAnalysis], jobs: int
) -> Generator[MutantResult]:
    if jobs == 1:
        yield from map(make(settings).result, mutants)
        return
    with workers(jobs, _begin, make, settings) as pool:
        chunks = [list(mutants[i : i + CHUNK]) for i in range(0, len(mutants), CHUNK)]
        open_: set[Future[list[MutantResult]]] = {pool.submit(_judge, chunk) for chunk in chunks}
        while open_:
            done, open_ = wait(open_, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=lambda future: future.exception() is not None):  # finished results are kept
                yield from future.result()


def _begin(make: Callable[[S], MutationAnalysis], settings: S) -> None:
    _analysis.append(make(settings))


def _judge(chunk: list[Mutant]) -> list[MutantResult]:
    return [_analysis[0].result(mutant) for mutant in chunk]
