"""Processes that a run left behind: also those that left its process group are found and killed, on Linux."""

from __future__ import annotations

import ctypes
import os
import signal
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def adopt_orphans() -> None:
    """Become the parent of all processes below this one whose own parent ends."""
    _control(PR_SET_CHILD_SUBREAPER, 1)


def end_with_parent() -> None:
    """Receive SIGTERM when the parent of this process ends, however it ends."""
    _control(PR_SET_PDEATHSIG, signal.SIGTERM)


def _control(option: int, value: int) -> None:
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def kill_left(group: int, keep: set[int]) -> None:
    """Kill a process group (0: none), and all child processes of this one but those to keep."""
    if group:
        with suppress(OSError):
            os.killpg(group, signal.SIGKILL)
    while left := set(_children()) - keep:
        for process in left:
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)


def _children() -> list[int]:
    """The child processes of this one, where the system lists them."""
    found: list[int] = []
    for file in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            found += map(int, file.read_text().split())
    return found
