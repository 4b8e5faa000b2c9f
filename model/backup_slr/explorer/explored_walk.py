"""A walk: an account, the requests that were made in it, and a position among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from backup_slr.api.account import Account
from backup_slr.api.request_result import RequestResult
from backup_slr.api.ways import WayStep
from backup_slr.explorer.links import LinkWriter, version_of

Document = dict[str, Any]
Broken: TypeAlias = tuple[frozenset[str], Mapping[str, int]]


@dataclass(eq=False)
class ExploredWalk:
    """Requests from one account, with all accounts on the way.

    `at` is the number of requests before the present position; those after it can be redone. What views have found
    about requests and positions is kept, so that the time of a step does not grow with the walk.
    """

    start: Account
    content: Mapping[str, Any]
    """What the walk begins with, in the form of `walk_content`: its rules and its account."""
    results: list[tuple[WayStep, RequestResult]] = field(default_factory=list[tuple[WayStep, RequestResult]])
    at: int = 0
    told: list[Document] = field(default_factory=list[Document])
    """The documents of the first requests."""
    broken: list[Broken] = field(default_factory=list[Broken])
    """For each of the first positions: which properties are violated there, and where each was violated first."""
    _writer: LinkWriter | None = None
    _whole: str = ""

    @property
    def account(self) -> Account:
        """The account at the position."""
        return self.account_after(self.at)

    def account_after(self, number: int) -> Account:
        """The account after this number of requests."""
        return self.results[number - 1][1].account if number else self.start

    @property
    def rules(self) -> Mapping[str, Any]:
        """Its rules, as arguments of `load`."""
        return self.content.get("rules", {})

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
        del self.results[self.at :], self.told[self.at :], self.broken[self.at + 1 :]
        self._whole = ""
        if self._writer is not None and self._writer.count > self.at:
            self._writer = None
        self.results.append((step, result))
        self.at += 1
        return result

    def placed(self, at: int) -> ExploredWalk:
        """The walk at another position, as another one."""
        return replace(self.copied(), at=at)

    def copied(self) -> ExploredWalk:
        """The walk as another one, which does not change with it."""
        lists = (list(self.results), list(self.told), list(self.broken))
        return ExploredWalk(self.start, self.content, lists[0], self.at, *lists[1:], None, self._whole)

    def forked(self) -> ExploredWalk:
        """The walk up to the position, as another one."""
        made = replace(self.copied(), _whole="")
        del made.results[made.at :], made.told[made.at :], made.broken[made.at + 1 :]
        return made

    def link(self) -> str:
        """A text with the walk up to the position, for the hash of an address."""
        writer = self._writer
        if writer is None or writer.count > self.at:
            writer = self._writer = LinkWriter(version_of(self.start.role), self.content)
        for step, _ in self.results[writer.count : self.at]:
            writer.add(document_of(step))
        return writer.link()

    def whole(self) -> str:
        """A text with all requests, also those after the position."""
        if not self._whole:
            self._whole = self.placed(len(self.results)).link()
        return self._whole


def replayed(start: Account, content: Mapping[str, Any], steps: Iterable[WayStep]) -> ExploredWalk:
    """The walk that makes these requests; `content` is what it begins with.

    Raises
    ------
    BadInput
        When the account does not have an action, a place or an input.
    """
    walk = ExploredWalk(start, content)
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
