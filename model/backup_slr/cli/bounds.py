"""What ends a command before its end: Ctrl-C, SIGTERM, and the time and memory that it may take.

All of them end what is under way by an exception that is a `KeyboardInterrupt`, so that a command that keeps what it
knows when it is interrupted keeps it in each case. A clock ticks while a command runs, and looks at its bounds. It
interrupts a command only some seconds after a bound was hit: one that looks at its bounds itself ends better by itself.

Only the standard library is imported here, and nothing of it that takes long: signals are heard from the beginning.
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
"""Seconds between two looks at the bounds."""
SLACK = 4.0
"""Seconds that a command has to see by itself that a bound was hit."""
GRACE = 5.0
"""Seconds for writing what is known."""
TOO_MUCH = 1 << 30
"""A command that takes more bytes than this beyond its limit is ended without `SLACK`."""
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}
"""The signals that end a command, with its exit code."""
SOON = 0.002
"""Seconds to the next look where an exception cannot be raised now."""
WHY = {
    "time": "the time was up (--timeout)",
    "memory": "the limit on memory was reached (--max-memory)",
    "interrupted": "interrupted",
}


class _State:
    """Not a dataclass: loading what makes one takes longer than all else here."""

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
    """Why a command that was interrupted ends."""
    return WHY[_state.hit or "interrupted"]


def code_of(code: int) -> int:
    """The exit code of a command, which cannot know what interrupted it: 130 stands for all of them."""
    return code if code != 130 else 5 if _state.hit else _state.code


def at_once(last: Callable[[], object]) -> None:
    """Call this before the program leaves at once, as a second signal makes it."""
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


@contextmanager
def held() -> Generator[None]:
    """A first signal in here is heard at the end of it: not every library bears to be interrupted while it loads."""
    _state.held = True
    try:
        yield
    finally:
        _state.held = False
    if _state.pending is not None:
        error, _state.pending = _state.pending, None
        raise error


def leave(code: int) -> None:
    """Leave at once, without a word, and without what this process has begun."""
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


# ---------------------------------------------------------------- the clock


@contextmanager
def bounded(seconds: float | None, memory: int | None) -> Generator[None]:
    """Interrupt the body once it has used this much time or memory (None: no bound)."""
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
        # A tick that is still under way must not end the program, as it does by default.
        signal.signal(signal.SIGALRM, signal.SIG_IGN if before == signal.SIG_DFL else before)
        error, _state.pending = _state.pending, None
    if error is not None and not _state.hit:
        raise error  # a signal that came at the last moment


def writing() -> None:
    """A command begins to write its result: it has `GRACE` for that, even if it has used up its time."""
    if _state.until is not None and not _state.extended:
        _state.until = max(_state.until, time.monotonic() + GRACE)
        _state.extended = True


def _tick(number: int, frame: FrameType | None) -> None:
    if _state.pending is None and (bound := _hit()):
        from backup_slr.engine.check.exploration import Exhausted

        _state.hit = _state.hit or bound
        # What ends now may be written; if that takes too long as well, this raises again.
        _state.until, _state.memory, _state.extended = time.monotonic() + GRACE, None, True
        _state.pending = Exhausted(bound)
    if _state.pending is not None:
        error, _state.pending = _state.pending, None
        _raise(error, frame)


def _hit() -> Bound | None:
    """The bound that was hit, if one was."""
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
    """Raise it, but not where it would get lost or break something: then a moment later."""
    if _state.held or _delicate(frame):
        _state.pending = error
        if signal.getsignal(signal.SIGALRM) == _tick:
            signal.setitimer(signal.ITIMER_REAL, SOON, TICK)
    else:
        raise error


def _delicate(frame: FrameType | None) -> bool:
    """Python drops what a finalizer or a callback of its collector raises; z3 is left broken by an exception."""
    while frame is not None:
        if frame.f_code.co_name in ("__del__", "gc_callback") or frame.f_globals.get("__name__", "").startswith("z3."):
            return True
        frame = frame.f_back
    return False


# ---------------------------------------------------------------- before anything else is loaded


def _is_program() -> bool:
    """This process is the program, and not one that uses the package or works for the program."""
    words = sys.orig_argv[1:]
    while words and words[0].startswith("-") and words[0] != "-m":
        words = words[1:]
    return words[:2] == ["-m", "backup_slr"] or (bool(words) and os.path.basename(words[0]) == "backup-slr")


if _is_program():
    listen()
    _state.held = True  # until `main` is called
