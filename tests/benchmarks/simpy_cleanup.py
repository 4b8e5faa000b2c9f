"""The clean-up of ``simulations/accounts/five-by-twenty.toml`` by ``simulations/runbooks/the-page.toml``, in SimPy.

It is written as is usual for SimPy: a process for the jobs of each vault, one for the operator, one for the deletion
task, with the rules as ``if``s in them. Its speed is compared in the benchmark, its means in a test.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import simpy

VAULTS, POINTS = 5, 20
CALL, WAIT, POLL, TASK, DEADLINE = 0.05, 5.0, 1.0, 2.0, 480.0
EVERY, TAKES, COLLIDES = 20.0, 5.0, 0.5

Process = Generator[simpy.Event, Any, Any]


@dataclass
class Account:
    """One run."""

    env: simpy.Environment
    random: Random
    there: list[bool] = field(default_factory=lambda: [True] * VAULTS)
    points: list[int] = field(default_factory=lambda: [POINTS] * VAULTS)
    busy: list[bool] = field(default_factory=lambda: [False] * VAULTS)
    role: str = "present"
    calls: int = 0
    refusals: int = 0
    task: simpy.Event | None = None

    def jobs(self, vault: int) -> Process:
        """Jobs start and end in one vault."""
        while True:
            yield self.env.timeout(self.random.expovariate(1 / EVERY))
            if self.role != "present" or not self.there[vault]:
                continue
            self.busy[vault] = True
            yield self.env.timeout(self.random.expovariate(1 / TAKES))
            self.busy[vault] = False
            if self.there[vault]:
                self.points[vault] += 1

    def collides(self) -> bool:
        """Whether this call collides with a use of the role."""
        return any(self.busy) and self.random.random() < COLLIDES

    def call(self) -> simpy.Event:
        """The time that a call takes."""
        self.calls += 1
        return self.env.timeout(CALL)

    def empty(self, vault: int) -> Process:
        """List the points of a vault and delete them, each until it succeeds."""
        yield self.call()
        known = self.points[vault]
        while known:
            yield self.call()
            if self.collides():
                self.refusals += 1
                yield self.env.timeout(WAIT)
            else:
                self.points[vault] -= 1
                known -= 1

    def clear(self, vault: int) -> Process:
        """Delete a vault with everything in it."""
        yield self.env.process(self.empty(vault))
        while self.there[vault]:
            yield self.call()
            if self.points[vault]:
                self.refusals += 1
                yield self.env.timeout(WAIT)
                yield self.env.process(self.empty(vault))
            elif self.collides():
                self.refusals += 1
                yield self.env.timeout(WAIT)
            else:
                self.there[vault] = False

    def delete_role(self) -> Process:
        """The deletion task."""
        yield self.env.timeout(TASK)
        clean = not any(self.there) and not any(self.points) and not any(self.busy)
        self.role = "absent" if clean else "present"

    def operator(self) -> Process:
        """The procedure of the page."""
        while True:
            for group in (range(1, VAULTS), range(1)):  # the default vault last
                yield self.call()
                for vault in group:
                    if self.there[vault]:
                        yield self.env.process(self.clear(vault))
            yield self.call()
            self.role = "deleting"
            task = self.env.process(self.delete_role())
            task.callbacks.append(self.decided)
            while self.role == "deleting":
                yield self.env.timeout(POLL)
                yield self.call()
            yield self.env.timeout(WAIT)

    done: simpy.Event | None = None

    def decided(self, _: simpy.Event) -> None:
        """End the task."""
        if self.role == "absent" and self.done is not None and not self.done.triggered:
            self.done.succeed()


def run(seed: int) -> tuple[bool, float, int]:
    """One run: whether the role was deleted, when, and with how many calls."""
    env = simpy.Environment()
    account = Account(env, Random(seed))
    account.done = env.event()
    for vault in range(VAULTS):
        env.process(account.jobs(vault))
    env.process(account.operator())
    late = env.timeout(DEADLINE)
    env.run(until=account.done | late)
    return account.role == "absent", env.now, account.calls
