"""Executors for the runs of a study: this process, a pool of processes, or a Dask cluster.

Chunks are returned in order, so the chunks so far contain the first runs. If a worker dies, its piece is simulated
again; each run has its own random numbers, so the result is the same.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any

from backup_slr.errors import BadInput, MissingTool, install
from backup_slr.runbook.experiment import Chunk, Study, played

MOST_DEATHS = 3
"""The number of consecutive worker losses of a piece after which the executor stops."""
PATIENCE = 10.0
"""Seconds to wait for an answer of a scheduler."""

Pieces = list[tuple[int, int]]
Play = Callable[[Study, int, int, bool], Chunk]


class WorkersLost(BadInput):
    """Worker processes die repeatedly: they are killed, or run out of memory."""


def here(study: Study, pieces: Pieces, rows: bool) -> Iterator[Chunk]:
    """One after the other in this process."""
    for first, number in pieces:
        yield played(study, first, number, rows)


def pool(study: Study, pieces: Pieces, rows: bool, workers: int, play: Play = played) -> Iterator[Chunk]:
    """In a pool of processes; `WorkersLost` if workers end again and again."""
    done, deaths, others = 0, 0, set(multiprocessing.active_children())
    while done < len(pieces):
        context = multiprocessing.get_context("spawn")
        # Interruptions are for the parent.
        with ProcessPoolExecutor(workers, context, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as executor:
            submit = partial(executor.submit, play, study)
            try:
                for chunk in _in_order(submit, pieces[done:], rows, 2 * workers):
                    done, deaths = done + 1, 0
                    yield chunk
            except BrokenProcessPool:
                deaths += 1
                if deaths > MOST_DEATHS:
                    times = f"{deaths} times in a row" if deaths > 1 else "once"
                    raise WorkersLost(f"a worker process ended {times} at run {pieces[done][0]:,}") from None
            except BaseException:
                executor.shutdown(wait=False, cancel_futures=True)
                for worker in set(multiprocessing.active_children()) - others:
                    worker.terminate()
                raise


def _in_order(submit: Callable[..., Any], pieces: Pieces, rows: bool, ahead: int) -> Iterator[Chunk]:
    """Submit pieces, at most `ahead` of them before their results are used, and return the results in order."""
    running = deque[Any]()
    for piece in pieces:
        running.append(submit(*piece, rows))
        if len(running) == ahead:
            yield running.popleft().result()
    while running:
        yield running.popleft().result()


def dask(study: Study, pieces: Pieces, rows: bool, scheduler: str, play: Play = played) -> Iterator[Chunk]:
    """In a Dask cluster, which repeats a piece if its worker dies; `MissingTool` without Dask or a scheduler."""
    try:
        from distributed import Client
    except ImportError:
        raise MissingTool(f"--executor dask needs Dask: {install('dask')}") from None
    try:
        client: Any = Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        why = str(error).splitlines()[0] if str(error) else "no answer"
        raise MissingTool(
            f"no Dask scheduler answers at {scheduler} within {PATIENCE:g} seconds ({why}); "
            "start one with 'dask scheduler'"
        ) from None
    with client:
        ahead = 4 * max(1, len(client.scheduler_info()["workers"]))
        yield from _in_order(partial(client.submit, play, study, pure=False, retries=MOST_DEATHS), pieces, rows, ahead)
