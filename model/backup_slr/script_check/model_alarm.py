"""The alarm of a script: ``SIGALRM`` at a time of the model.

Python runs its handler in the main thread. While another thread has its turn, that is when the next turn of the main
thread comes, which can be later than the alarm.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any


class ModelAlarm:
    """What `signal.alarm` and the real-time timer of `signal.setitimer` set.

    Parameters
    ----------
    now
        The time of the model.

    Attributes
    ----------
    due
        When it rings; None: never.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.due: float | None = None
        self._interval = 0.0

    def left(self) -> tuple[float, float]:
        """The seconds until it rings, and those between later times; zeros if it is not set."""
        return (0.0, 0.0) if self.due is None else (max(1e-6, self.due - self._now()), self._interval)

    def set(self, seconds: float, interval: float = 0.0) -> tuple[float, float]:
        """Let it ring after some seconds (0: not), and then again and again; return what was `left`."""
        if seconds < 0 or interval < 0:
            raise signal.ItimerError(22, "Invalid argument")
        before = self.left()
        self.due, self._interval = (self._now() + seconds if seconds else None), interval
        return before

    def ring(self) -> None:
        """Send the signal to this process."""
        assert self.due is not None
        self.due = self.due + self._interval if self._interval else None
        signal.raise_signal(signal.SIGALRM)


def ring_on_time_of_model(alarm: ModelAlarm, pass_by: Callable[[float], None]) -> None:
    """Replace the alarms of this process for good; `pass_by` lets time pass."""
    module: Any = signal
    setitimer, getitimer, pause = module.setitimer, module.getitimer, module.pause

    def set_timer(which: int, seconds: float, interval: float = 0.0) -> tuple[float, float]:
        return alarm.set(seconds, interval) if which == signal.ITIMER_REAL else setitimer(which, seconds, interval)

    def get_timer(which: int) -> tuple[float, float]:
        return alarm.left() if which == signal.ITIMER_REAL else getitimer(which)

    def wait_for_signal() -> None:
        if alarm.due is None:
            pause()
        else:
            pass_by(alarm.left()[0])

    def set_alarm(seconds: int) -> int:
        return round(alarm.set(seconds)[0])

    module.alarm, module.setitimer, module.getitimer = set_alarm, set_timer, get_timer
    module.pause = wait_for_signal
