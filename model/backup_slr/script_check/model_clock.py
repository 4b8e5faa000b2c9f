"""The clock of a script: it starts when the account starts, and a wait of the script advances it at once.

Replaced are the functions of `time`, ``datetime.now`` and its kin, ``select`` of event loops (so ``asyncio.sleep``),
everything that makes threads wait (`thread_turns`), and alarms (`model_alarm`). Not replaced are waits inside of
libraries that are not written in Python, and clocks that a module imported by name before the script started.
"""

from __future__ import annotations

import datetime
import selectors
import sys
import time
from collections.abc import Callable
from typing import Any

from backup_slr.script_check.model_alarm import ModelAlarm, ring_on_time_of_model
from backup_slr.script_check.thread_turns import ThreadTurns, run_in_turns

READING = 0.001
"""Seconds that pass when the clock is read, so that a loop that reads it until a time ends."""
REAL_DATETIME, REAL_DATE = datetime.datetime, datetime.date
RETRYING = ("botocore.endpoint", "aiobotocore.endpoint")
"""Modules whose waits are between attempts of one call."""


class ScriptClock:
    """The time of one run.

    Parameters
    ----------
    start
        The time at which the run starts, in seconds since 1970.
    wait
        Called with the seconds of each wait, and whether only a library waits.
    """

    def __init__(self, start: float, wait: Callable[[float, bool], None]) -> None:
        self.now, self._wait = start, wait
        self._first = self.now
        self.alarm = ModelAlarm(lambda: self.now)
        self.turns = ThreadTurns(lambda: self.now, self.pass_by, self._to_alarm)

    def read(self) -> float:
        """The seconds since 1970."""
        self.now += READING
        return self.now

    def running(self) -> float:
        """The seconds since a time in the past."""
        return self.read() - self._first + 1000

    def sleep(self, seconds: Any) -> None:
        """Wait."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self.turns.sleep(float(seconds), _caller() in RETRYING)

    def pass_by(self, seconds: float, passive: bool = False) -> None:
        """Let time pass; the alarm rings meanwhile, and its handler may raise an exception."""
        until = self.now + seconds
        while (due := self.alarm.due) is not None and due <= until:
            self._pass_by(max(0.0, due - self.now), passive)
            self.alarm.ring()
            seconds = max(0.0, until - self.now)
        self._pass_by(seconds, passive)

    def _to_alarm(self) -> bool:
        due = self.alarm.due
        if due is not None:
            self.pass_by(max(0.0, due - self.now))
        return due is not None

    def _pass_by(self, seconds: float, passive: bool) -> None:
        self.now += seconds
        self._wait(seconds, passive)


def _caller() -> Any:
    """The module that called the function that calls this one."""
    return sys._getframe(2).f_globals.get("__name__")  # pyright: ignore[reportPrivateUsage]


class _Meta(type):
    """Objects of the real class are objects of the class that replaces it."""

    def __instancecheck__(cls, instance: object) -> bool:
        real = REPLACED.get(cls)
        return isinstance(instance, real) if real is not None else super().__instancecheck__(instance)

    def __subclasscheck__(cls, subclass: type) -> bool:
        real = REPLACED.get(cls)
        return issubclass(subclass, real) if real is not None else super().__subclasscheck__(subclass)


class ModelDatetime(REAL_DATETIME, metaclass=_Meta):
    """``datetime.datetime`` with the time of `time.time`."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        """The present time."""
        return cls.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls) -> Any:
        """The present time, without a zone."""
        return cls.fromtimestamp(time.time(), datetime.UTC).replace(tzinfo=None)

    @classmethod
    def today(cls) -> Any:
        """The present time."""
        return cls.fromtimestamp(time.time())


class ModelDate(REAL_DATE, metaclass=_Meta):
    """``datetime.date`` with the time of `time.time`."""

    @classmethod
    def today(cls) -> Any:
        """The present day."""
        return cls.fromtimestamp(time.time())


REPLACED: dict[type, type] = {ModelDatetime: REAL_DATETIME, ModelDate: REAL_DATE}


def replace_dates() -> None:
    """Replace the classes of `datetime`, before modules that import them by name."""
    module: Any = datetime
    for made, name in ((ModelDatetime, "datetime"), (ModelDate, "date")):
        setattr(module, name, made)
        made.__module__, made.__qualname__ = "datetime", name
        made.__name__ = f"datetime.{name}"  # which `repr` shows


def run_on(clock: ScriptClock) -> None:
    """Replace the clocks of this process for good."""
    module: Any = time
    module.sleep, module.time = clock.sleep, clock.read
    module.monotonic = module.perf_counter = clock.running
    module.time_ns = lambda: int(clock.read() * 1e9)
    module.monotonic_ns = module.perf_counter_ns = lambda: int(clock.running() * 1e9)
    for name in ("localtime", "gmtime", "ctime"):
        setattr(time, name, _now_by_default(getattr(time, name), clock))
    strftime = time.strftime

    def formatted(form: str, when: Any = None) -> str:
        return strftime(form, time.localtime() if when is None else when)

    module.strftime = formatted

    def select(self: Any, timeout: float | None = None, real: Any = selectors.DefaultSelector.select) -> Any:
        ready = real(self, 0 if timeout is None or timeout > 0 else timeout)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        until = None if timeout is None else clock.now + timeout
        while not ready and (until is None or clock.now < until):
            if not clock.turns.go_on(until):
                return real(self, None)
            ready = real(self, 0)
        return ready

    def poll(self: Any, timeout: float | None = None, real: Any = selectors.PollSelector.select) -> Any:
        while not (ready := real(self, 0)) and clock.turns.let_ready():
            pass
        return ready or real(self, timeout)  # for other processes, which have no time of the model

    selectors.DefaultSelector.select = select  # type: ignore[method-assign]
    if selectors.DefaultSelector.__name__ != selectors.PollSelector.__name__:
        selectors.PollSelector.select = poll  # type: ignore[method-assign]
    ring_on_time_of_model(clock.alarm, clock.turns.sleep)
    run_in_turns(clock.turns, clock.running)


def _now_by_default(function: Callable[[float], Any], clock: ScriptClock) -> Callable[..., Any]:
    """A function of the time, by default of the present one."""

    def called(seconds: float | None = None) -> Any:
        return function(clock.read() if seconds is None else seconds)

    return called
