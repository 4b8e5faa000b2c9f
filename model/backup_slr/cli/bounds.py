"""Interruptions of a command: Ctrl-C, SIGTERM, and limits of time and memory.

All of them raise an exception that is a `KeyboardInterrupt`, so that a command that keeps partial results when it is
interrupted keeps them in each case. A timer checks the limits while a command runs. It interrupts a command only some
seconds after a limit was reached, because a command that checks its limits itself ends more cleanly.

Only modules of the standard library that load quickly are imported here, so that signals are handled from the
beginning.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Literal, TypeAlias

Bound: TypeAlias = Literal["time", "memory"]

TICK = 0.1
"""Seconds between two checks of the limits."""
SLACK = 4.0
"""Seconds that a command has to detect by itself that a limit was reached."""
GRACE = 5.0
"""Seconds for writing the partial results."""
TOO_MUCH = 1 << 30
"""A command that exceeds its limit by more bytes than this is interrupted without `SLACK`."""
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}
"""The signals that end a command, with its exit code."""
SOON = 0.002
"""Seconds until the next attempt if an exception cannot be raised now."""
WHY = {
    "time": "the time limit was reached (--timeout)",
    "memory": "the memory limit was reached (--max-memory)",
    "interrupted": "interrupted",
}


class _State:
    """The state of this module; not a dataclass, because importing `dataclasses` is slow."""

    code: int = 130
    signals: int = 0
    held: bool = False
    pending: BaseException | None = None
    until: float | None = None
    memory: int | None = None
    taken: int = 0
    over: float | None = None
    extended: bool = False
    hit: Bound | None = None

    def __init__(self) -> None:
        self.last: list[Callable[[], object]] = []


_state = _State()


def because() -> str:
    """Return why a command was interrupted."""
    return WHY[_state.hit or "interrupted"]


def code_of(code: int) -> int:
    """Return the exit code for the interruption that happened; a command returns 130 for each of them."""
    return code if code != 130 else 5 if _state.hit else _state.code


def at_once(last: Callable[[], object]) -> None:
    """Register a function to call before the program exits at once, as after a second signal."""
    _state.last.append(last)


def listen() -> None:
    """Handle the signals that end the program; a signal that is already ignored stays ignored."""
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _signalled)


def _signalled(number: int, frame: FrameType | None) -> None:
    _state.signals += 1
    if _state.signals > 1:
        leave(_state.code)
    _state.code = SIGNALS[signal.Signals(number)]
    _raise(KeyboardInterrupt(), frame)


def go_on() -> None:
    """Go on after Ctrl-C, as if it had not been pressed; raises `KeyboardInterrupt` if another signal came."""
    if _state.code != SIGNALS[signal.SIGINT]:
        raise KeyboardInterrupt
    _state.signals = 0


@contextmanager
def held() -> Generator[None]:
    """Defer a first signal to the end of the block: some libraries break when interrupted while they load."""
    _state.held = True
    try:
        yield
    finally:
        _state.held = False
    if _state.pending is not None:
        error, _state.pending = _state.pending, None
        raise error


def leave(code: int) -> None:
    """Exit at once, silently, after ending child processes."""
    for last in _state.last:
        last()
    end_children()
    os._exit(code)


def end_children() -> None:
    """End the processes that work for this one."""
    if "multiprocessing" in sys.modules:
        from multiprocessing import active_children

        for process in active_children():
            process.terminate()


# ---------------------------------------------------------------- the timer


@contextmanager
def bounded(seconds: float | None, memory: int | None) -> Generator[None]:
    """Interrupt the block once it has used this much time or memory (None: no limit)."""
    from backup_slr.engine.check.memory import peak

    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    _state.hit, _state.over, _state.extended = None, None, False
    _state.until = None if seconds is None else time.monotonic() + seconds + SLACK
    _state.memory, _state.taken = memory, peak()
    before = signal.signal(signal.SIGALRM, _tick)
    signal.setitimer(signal.ITIMER_REAL, TICK, TICK)
    try:
        yield
    finally:
        _state.until = _state.memory = None
        signal.setitimer(signal.ITIMER_REAL, 0)
        # A late tick must not end the program, as it does by default.
        signal.signal(signal.SIGALRM, signal.SIG_IGN if before == signal.SIG_DFL else before)
        error, _state.pending = _state.pending, None
    if error is not None and not _state.hit:
        raise error  # a signal that came at the last moment


def writing() -> None:
    """Record that a command starts to write its result: it has `GRACE` seconds for that, even after its time limit."""
    if _state.until is not None and not _state.extended:
        _state.until = max(_state.until, time.monotonic() + GRACE)
        _state.extended = True


def _tick(number: int, frame: FrameType | None) -> None:
    if _state.pending is None and (bound := _hit()):
        from backup_slr.engine.check.exploration import Exhausted

        _state.hit = _state.hit or bound
        # The command may write its partial results; if that also takes too long, this raises again.
        _state.until, _state.memory, _state.extended = time.monotonic() + GRACE, None, True
        _state.pending = Exhausted(bound)
    if _state.pending is not None:
        error, _state.pending = _state.pending, None
        _raise(error, frame)


def _hit() -> Bound | None:
    """Return the limit that was reached, if any."""
    from backup_slr.engine.check.memory import peak

    now = time.monotonic()
    if _state.until is not None and now > _state.until:
        return "time"
    if _state.memory is not None:
        taken = peak()
        if taken > _state.memory:
            _state.over = _state.over or now
            if now > _state.over + SLACK or taken > TOO_MUCH + max(_state.memory, _state.taken):
                return "memory"
    return None


def _raise(error: BaseException, frame: FrameType | None) -> None:
    """Raise an error now, or a moment later where it would be lost or break something."""
    if _state.held or _delicate(frame):
        _state.pending = error
        if signal.getsignal(signal.SIGALRM) == _tick:
            signal.setitimer(signal.ITIMER_REAL, SOON, TICK)
    else:
        raise error


def _delicate(frame: FrameType | None) -> bool:
    """Return whether an exception would be lost (finalizers, callbacks of the collector) or break z3."""
    while frame is not None:
        if frame.f_code.co_name in ("__del__", "gc_callback") or frame.f_globals.get("__name__", "").startswith("z3."):
            return True
        frame = frame.f_back
    return False


# ---------------------------------------------------------------- before anything else is loaded


def _is_program() -> bool:
    """Return whether this process is the program, not one that imports the package or works for the program."""
    words = sys.orig_argv[1:]
    while words and words[0].startswith("-") and words[0] != "-m":
        words = words[1:]
    return words[:2] == ["-m", "backup_slr"] or (bool(words) and os.path.basename(words[0]) == "backup-slr")


if _is_program():
    listen()
    _state.held = True  # until `main` is called
