"""Worker processes that end with this one, even when it is interrupted."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from typing import ParamSpec

P = ParamSpec("P")
LOST = "a worker process ended unexpectedly (was it killed, or out of memory?)"
"""The message for a `BrokenProcessPool`."""


@contextmanager
def workers(number: int, begin: Callable[P, None], *said: P.args, **also: P.kwargs) -> Generator[ProcessPoolExecutor]:
    """A pool of processes, each of which begins with a call of `begin`, a function of a module.

    If the block ends early, the processes are terminated. (Tasks must not be cancelled first, as `map` does: the pool
    fails if the process of a cancelled task ends.)
    """
    others = set(active_children())
    # Not forked: locks held by threads of this process would stay locked in the child.
    pool = ProcessPoolExecutor(number, get_context("spawn"), _begin, (begin, said, also))
    done = False
    try:
        with _deaf():
            for _ in range(number):  # each call starts a process, because none is idle yet
                pool.submit(int)
        yield pool
        done = True
    finally:
        if not done:
            for process in set(active_children()) - others:
                process.terminate()
        pool.shutdown()


@contextmanager
def _deaf() -> Generator[None]:
    """Processes started in this block ignore interruptions, which the parent handles."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(begin: Callable[..., None], said: tuple[object, ...], also: dict[str, object]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    begin(*said, **also)
