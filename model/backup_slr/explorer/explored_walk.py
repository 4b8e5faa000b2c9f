"""A walk: an account, the requests that were made in it, and a position among them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from backup_slr.api.account import Account
from backup_slr.api.request_result import RequestResult
from backup_slr.api.ways import WayStep
from backup_slr.engine.core.rule import Property


@dataclass
class ExploredWalk:
    """Requests from one account, with all accounts on the way.

    `at` is the number of requests before the present position; those after it can be redone.
    """

    start: Account
    results: list[tuple[WayStep, RequestResult]] = field(default_factory=list[tuple[WayStep, RequestResult]])
    at: int = 0
    broken: dict[int, list[Property]] = field(default_factory=dict[int, list[Property]])
    """For each position that was judged, the properties that are violated there."""

    @property
    def account(self) -> Account:
        """The account at the position."""
        return self.account_after(self.at)

    def account_after(self, number: int) -> Account:
        """The account after this number of requests."""
        return self.results[number - 1][1].account if number else self.start

    @property
    def last(self) -> RequestResult | None:
        """The result of the request before the position."""
        return None if self.at == 0 else self.results[self.at - 1][1]

    @property
    def steps(self) -> list[WayStep]:
        """All requests, also those after the position."""
        return [step for step, _ in self.results]

    def step(self, step: WayStep) -> RequestResult:
        """Make a request; requests after the position are forgotten.

        Raises
        ------
        BadInput
            When the account does not have the action, the place or an input.
        """
        result = self.account.request(step.action, step.place, **step.inputs)
        self.results[self.at :] = [(step, result)]
        self.at += 1
        self.broken = {number: judged for number, judged in self.broken.items() if number < self.at}
        return result

    def forked(self) -> ExploredWalk:
        """The walk up to the position, as another one."""
        return ExploredWalk(self.start, self.results[: self.at], self.at, dict(self.broken))


def replayed(start: Account, steps: Iterable[WayStep]) -> ExploredWalk:
    """The walk that makes these requests.

    Raises
    ------
    BadInput
        When the account does not have an action, a place or an input.
    """
    walk = ExploredWalk(start)
    for step in steps:
        walk.step(step)
    return walk


def document_of(step: WayStep) -> dict[str, object]:
    """A request in its JSON form."""
    return {"action": step.action, "place": step.place, "inputs": dict(step.inputs)}


def first_difference(old: ExploredWalk, new: ExploredWalk) -> int | None:
    """The number of the first request with another result; None if all have the same."""
    for number, ((_, before), (_, after)) in enumerate(zip(old.results, new.results, strict=True)):
        told = [(r.outcome, r.refusal and r.refusal.id, tuple(map(str, r.changes))) for r in (before, after)]
        if told[0] != told[1]:
            return number
    return None
