"""The guards of an action in one account: which of them hold, and what makes the others fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.core.formula import elements_at
from backup_slr.engine.core.rule import Guard, Outcome, Rule
from backup_slr.engine.core.scope import State, shown
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.variable import numbers_of, usual
from backup_slr.report.names import Names, place_text
from backup_slr.report.provenance import Blocker, to_blame
from backup_slr.report.tables import labeled
from backup_slr.report.trace_text import few

Path = tuple[str, ...]


@dataclass(frozen=True)
class GuardHere:
    """A guard for a request with the usual inputs.

    Attributes
    ----------
    guard, holds
        The guard, and whether it holds.
    unless
        Inputs with other values, as ``via=console``, with which it does not hold; empty if it fails anyway.
    blockers
        The places with the variables that make it fail.
    """

    guard: Guard
    holds: bool
    unless: tuple[str, ...]
    blockers: tuple[Blocker, ...]


@dataclass(frozen=True)
class Here:
    """An action at places that are in the same situation, of which `place` is one.

    An action without a place has one empty path.
    """

    rule: Rule
    place: tuple[int, ...]
    paths: tuple[Path, ...]
    guards: tuple[GuardHere, ...]

    @property
    def failing(self) -> list[GuardHere]:
        """The guards that do not hold."""
        return [one for one in self.guards if not one.holds]

    @property
    def outcome(self) -> Outcome:
        """The outcome of the request."""
        return "done" if not self.failing else "failed" if self.failing[0].guard.fails else "refused"


@dataclass(frozen=True)
class AccountGuards:
    """The state of an account, and the names of its places.

    `stands_for` are the places that a place represents, that place first.
    """

    machine: Machine
    state: State
    names: Names
    stands_for: Callable[[Path], Sequence[Path]]

    def here(self, rule: Rule, path: Path | None = None) -> list[Here]:
        """The guards of an action at one place, or at all places; places where the same guards fail are together."""
        found: dict[tuple[object, ...], list[tuple[tuple[int, ...], tuple[GuardHere, ...]]]] = {}
        depth = len(rule.place)
        for place in [self.names.numbers(*path)] if path is not None else self.names.places(depth):
            guards = tuple(self._guard(rule, guard, place) for guard in rule.guards)
            key = tuple((g.holds, g.unless, _apart_from(place, g.blockers)) for g in guards)
            found.setdefault(key, []).append((place, guards))
        return [
            Here(
                rule,
                same[0][0],
                (path,)
                if path is not None
                else tuple(p for place, _ in same for p in self.stands_for(self.names.parts(place))),
                same[0][1],
            )
            for same in found.values()
        ]

    def _guard(self, rule: Rule, guard: Guard, place: tuple[int, ...]) -> GuardHere:
        inputs = {variable.name: usual(variable) for variable in rule.inputs}
        if not self._holds(rule, guard, place, inputs):
            blamed: dict[tuple[int, ...], dict[str, None]] = {}
            for name, at in to_blame(self.machine.layout, rule, guard, Request(rule.action, place, inputs), self.state):
                blamed.setdefault(at, {})[name] = None
            return GuardHere(guard, False, (), tuple(Blocker(at, tuple(what)) for at, what in blamed.items()))
        unless: list[str] = []
        for variable in rule.inputs:
            for value in numbers_of(variable):
                if not self._holds(rule, guard, place, inputs | {variable.name: value}):
                    unless.append(f"{variable.name}={str(shown(variable, value)).lower()}")
        return GuardHere(guard, True, tuple(unless), ())

    def _holds(self, rule: Rule, guard: Guard, place: tuple[int, ...], inputs: dict[str, int]) -> bool:
        return holds(
            guard.condition, Situation(self.machine.layout, self.state, elements_at(rule.place, place), inputs)
        )

    # ------------------------------------------------------------ text and JSON

    def lines(self, found: Iterable[Here]) -> Iterator[str]:
        """The situations for people: all guards of a single one, else only those that fail."""
        found = list(found)
        for one in found:
            where = few([place_text(*path) for path in one.paths if path])
            failing = f"{len(one.failing)} of {len(one.guards)} checks fail{'s'[: len(one.failing) == 1]}"
            ends = "all checks hold" if not one.failing else f"{one.outcome}, {failing}"
            yield from labeled("", f"{one.rule.action}{f' {where}' if where else ''}: {ends}", 0, indent=0)
            for number, guard in enumerate(one.guards, 1):
                if not guard.holds or len(found) == 1:
                    yield from labeled(f"{number}.", self._guard_text(guard, one.place), 3)

    def _guard_text(self, here: GuardHere, place: tuple[int, ...]) -> str:
        refusal = here.guard.otherwise
        if here.holds:
            unless = f", unless {' or '.join(here.unless)}" if here.unless else ""
            return f"holds{unless} ({refusal.id})"
        what = [self._blocker_text(blocker, place) for blocker in here.blockers]
        return f"FAILS: {refusal.says} ({refusal.id}, {here.guard.clause}){f': {few(what)}' if what else ''}"

    def _blocker_text(self, blocker: Blocker, place: tuple[int, ...]) -> str:
        what = ", ".join(name.replace("_", " ") for name in blocker.what)
        if blocker.place in ((), place):
            return what
        like = len(self.stands_for(self.names.parts(blocker.place))) - 1
        return f"{self.names.place(blocker.place)}{f' and {like:,} like it' if like else ''} ({what})"

    def documents(self, found: Iterable[Here]) -> list[dict[str, Any]]:
        """The situations as JSON."""
        return [
            {
                "action": one.rule.action,
                "places": [place_text(*path) for path in one.paths if path],
                "outcome": one.outcome,
                "guards": [
                    {
                        "refusal": guard.guard.otherwise.id,
                        "clause": guard.guard.clause,
                        "holds": guard.holds,
                        "unless": list(guard.unless),
                        "blockers": [
                            {
                                "places": [
                                    place_text(*path)
                                    for path in (self.stands_for(self.names.parts(b.place)) if b.place else ())
                                ],
                                "what": list(b.what),
                            }
                            for b in guard.blockers
                        ],
                    }
                    for guard in one.guards
                ],
            }
            for one in found
        ]


def _apart_from(place: tuple[int, ...], blockers: Iterable[Blocker]) -> frozenset[tuple[object, tuple[str, ...]]]:
    """What blocks a request at a place, where the place itself has no number."""
    return frozenset((None if blocker.place == place else blocker.place, blocker.what) for blocker in blockers)
