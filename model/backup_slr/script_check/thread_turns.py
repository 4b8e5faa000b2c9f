"""The threads of a script, one at a time: each runs until it calls AWS, waits or ends; then the next one has its turn.

So the order of the calls depends on the answers only, and a script with threads is deterministic. The locks of
`threading` are replaced by locks that know the turns; everything else there, and in `queue` and `concurrent.futures`,
is made of locks. Time passes when all threads wait.
"""

from __future__ import annotations

import _thread
import queue
import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Turn:
    """A thread: `go` is released when it has its turn; `waits` are the turns that wait for its end."""

    go: Any = field(default_factory=_thread.allocate_lock)
    waits: deque[Turn] = field(default_factory=lambda: deque[Turn]())
    woken: bool = False
    done: bool = False

    def __post_init__(self) -> None:
        """Have no turn."""
        self.go.acquire()


class ThreadTurns:
    """The turns of the threads of this process.

    Parameters
    ----------
    now
        The time of the model.
    pass_by
        Lets time pass: seconds, and whether only a library waits.
    to_alarm
        Lets time pass until the alarm of the process rings; false if none is set.
    """

    def __init__(
        self, now: Callable[[], float], pass_by: Callable[[float, bool], None], to_alarm: Callable[[], bool]
    ) -> None:
        self._now, self._pass_by, self._to_alarm = now, pass_by, to_alarm
        self._current = Turn()
        self._ready: deque[Turn] = deque()
        self._sleeping: list[tuple[float, Turn, bool]] = []
        self._threads: dict[threading.Thread, Turn] = {}

    # ---------------------------------------------------------------- turns

    def let_others(self) -> None:
        """Give every other thread that can run its turn first."""
        self._ready.append(self._current)
        self._switch()

    def let_ready(self) -> bool:
        """Give every other thread that can run its turn first; false if there is none."""
        others = bool(self._ready)
        if others:
            self.let_others()
        return others

    def sleep(self, seconds: float, passive: bool = False) -> None:
        """Wait; the others run meanwhile."""
        if not self._ready and not self._sleeping:
            self._pass_by(seconds, passive)
            return
        self._sleeping.append((self._now() + seconds, self._current, passive))
        self._switch()

    def go_on(self, until: float | None) -> bool:
        """Let the others run; if none can, let time pass until one can, or until this time; false if nothing can."""
        if not self._ready:
            first = min((one[0] for one in self._sleeping), default=None)
            if first is None and until is None:
                return self._to_alarm()
            if first is None or (until is not None and until < first):
                self._pass_by(max(0.0, (until or 0) - self._now()), False)
                return True
            self._wake_sleeper()
        self.let_others()
        return True

    def wait_in(self, line: deque[Turn], seconds: float | None) -> bool:
        """Wait in a line until `wake_first` comes to this thread; false if the time was over before."""
        me = self._current
        me.woken = False
        line.append(me)
        if seconds is not None:
            self._sleeping.append((self._now() + seconds, me, False))
        try:
            self._switch()
        except BaseException:
            if me in line:
                line.remove(me)
            raise
        if not me.woken:
            line.remove(me)
        return me.woken

    def wake_first(self, line: deque[Turn]) -> None:
        """Let the first thread of a line run at its next turn."""
        turn = line.popleft()
        turn.woken = True
        self._sleeping = [one for one in self._sleeping if one[1] is not turn]
        self._ready.append(turn)

    def _next(self) -> Turn | None:
        while not self._ready:
            if self._sleeping:
                self._wake_sleeper()
            elif not self._to_alarm():
                break
        return self._ready.popleft() if self._ready else None

    def _wake_sleeper(self) -> None:
        """Let time pass until the first one that sleeps can run."""
        first = min(self._sleeping, key=lambda one: one[0])  # of equal ones, the one that slept first
        self._sleeping.remove(first)
        self._ready.append(first[1])
        self._pass_by(max(0.0, first[0] - self._now()), first[2])

    def _switch(self) -> None:
        me = self._current
        try:
            following = self._next()
        except BaseException:  # the handler of an alarm raised it; this thread has its turn still
            self._sleeping = [one for one in self._sleeping if one[1] is not me]
            if me in self._ready:
                self._ready.remove(me)
            raise
        if following is me:
            return
        if following is not None:
            self._current = following
            following.go.release()
        me.go.acquire()  # for good, if every thread waits for another one

    # ---------------------------------------------------------------- threads

    def started(self, function: Callable[..., Any], start: Callable[[Callable[[], None]], Any]) -> Any:
        """Start a thread, which runs at its first turn."""
        turn = Turn()
        thread: Any = getattr(function, "__self__", None)
        self._threads[thread] = turn
        self._ready.append(turn)

        def run() -> None:
            turn.go.acquire()
            try:
                function()
            finally:
                turn.done = True
                while turn.waits:
                    self.wake_first(turn.waits)
                following = self._next()
                if following is not None:
                    self._current = following
                    following.go.release()

        return start(run)

    def ends(self, thread: threading.Thread, seconds: float | None = None) -> bool:
        """Wait for the end of a thread; whether it ended."""
        turn = self._threads.get(thread)
        return turn is None or turn.done or self.wait_in(turn.waits, seconds)

    def has_ended(self, thread: threading.Thread) -> bool:
        """Whether a thread ended; its turn can be over a moment earlier than itself."""
        return thread in self._threads and self._threads[thread].done

    def end_all(self) -> None:
        """Wait for the end of all threads for which Python waits."""
        for call in reversed(getattr(threading, "_threading_atexits", ())):
            call()
        while left := [thread for thread, turn in self._threads.items() if not turn.done and not thread.daemon]:
            self.ends(left[0])


class TurnLock:
    """A lock as `threading.Lock` makes it; who waits for it gets it in the order in which they came."""

    turns: ThreadTurns

    def __init__(self) -> None:
        self._held, self._line = False, deque[Turn]()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock."""
        if not blocking and timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        if timeout < 0 and timeout != -1:
            raise ValueError("timeout value must be a non-negative number")
        if not self._held:
            self._held = True
            return True
        return blocking and self.turns.wait_in(self._line, None if timeout == -1 else timeout)

    def release(self) -> None:
        """Give the lock to the first thread that waits for it, if there is one."""
        if not self._held:
            raise RuntimeError("release unlocked lock")
        if self._line:
            self.turns.wake_first(self._line)
        else:
            self._held = False

    def locked(self) -> bool:
        """Whether a thread has it."""
        return self._held

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def _at_fork_reinit(self) -> None:
        self.__init__()


def run_in_turns(turns: ThreadTurns, clock: Callable[[], float]) -> None:
    """Replace the locks and the starts of threads of this process for good; `clock` is for time limits."""
    module: Any = threading
    TurnLock.turns = turns
    module.Lock = module._allocate_lock = TurnLock
    module._CRLock = None  # then RLock is made of Lock
    module.RLock = module._PyRLock
    module._time = clock
    other: Any = queue
    other.time = clock
    other.SimpleQueue = other._PySimpleQueue
    if "concurrent.futures.thread" in sys.modules:
        futures: Any = sys.modules["concurrent.futures.thread"]
        futures._global_shutdown_lock = TurnLock()
    for name in ("_start_new_thread", "_start_joinable_thread"):
        if hasattr(module, name):
            setattr(module, name, _starter(turns, getattr(module, name)))
    thread: Any = threading.Thread
    join, is_alive = thread.join, thread.is_alive

    def join_in_turns(self: threading.Thread, timeout: float | None = None) -> None:
        if self is threading.current_thread() or not self.ident or turns.ends(self, timeout):
            join(self, timeout)

    def is_alive_in_turns(self: threading.Thread) -> bool:
        return not turns.has_ended(self) and is_alive(self)

    thread.join, thread.is_alive = join_in_turns, is_alive_in_turns


def _starter(turns: ThreadTurns, start: Callable[..., Any]) -> Callable[..., Any]:
    def started(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        rest = arguments[1:] if arguments else ()
        given = arguments[0] if arguments else ()
        empty = ((),) if arguments else ()
        bound = function if not given else (lambda: function(*given))
        return turns.started(bound, lambda run: start(run, *empty, *rest, **named))

    return started
