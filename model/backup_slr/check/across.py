"""Two tables compared in several scopes and under every reading of what their rules carry.

A difference may show only in a scope with more of something, or only under a reading that is not the default. So each
action whose rule is written otherwise is looked at in every scope, under every combination of the readings that either
rule depends on, until it shows a difference.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.check.differ import ActionDiffers, Comparison, compare
from backup_slr.check.explore import NO_HURRY, Explored, Limits
from backup_slr.check.readings import Assumed, contexts
from backup_slr.core.rule import Model, Rule
from backup_slr.core.scope import Scope

Prove: TypeAlias = Callable[[Model, Rule, Rule], bool]
"""That two settled rules answer alike wherever a settled model gets, at every size."""


@dataclass(frozen=True)
class Shown:
    """An action that differs, where, and under which readings that are not the default."""

    differs: ActionDiffers
    within: Comparison
    reading: Assumed


@dataclass(frozen=True)
class Changes:
    """Names of what only the new table has, only the old one has, and both have, but not the same."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True)
class Across:
    """What the comparison of two tables found.

    `alike` are the actions whose rules are written otherwise and answer the same in all that was looked at; `proved`
    are those among them that do at every size.
    """

    old: Model
    new: Model
    scopes: tuple[Scope, ...]
    readings: tuple[Assumed, ...]
    states: int
    stopped: str | None
    differing: tuple[Shown, ...]
    alike: tuple[str, ...]
    proved: tuple[str, ...]
    properties: Changes
    assumptions: Changes

    @property
    def verdict(self) -> Exactly["equivalent", "different", "inconclusive"]:
        """Of all of it together: also of what the tables assert, and of the readings that they know."""
        if self.differing or self.properties or self.assumptions:
            return "different"
        return "equivalent" if self.stopped is None else "inconclusive"


def compare_tables(
    old: Model,
    new: Model,
    scopes: Sequence[Scope],
    limits: Limits = NO_HURRY,
    progress: Callable[[Explored, int], None] | None = None,
    prove: Prove | None = None,
) -> Across:
    """Compare two tables whose assumptions are not settled; those that one of them notes as `assumed` are not varied.

    Parameters
    ----------
    scopes
        Where to look; of several ways to see a difference a shortest one is told.
    limits
        For each scope; the seconds are for all of it.
    prove
        Asked of the actions of which no difference was found.

    Raises
    ------
    ValueError
        When their states are not made of the same variables.
    """
    return _Tables(old, new, scopes, limits, progress).compare(prove)


class _Tables:
    def __init__(
        self,
        old: Model,
        new: Model,
        scopes: Sequence[Scope],
        limits: Limits,
        progress: Callable[[Explored, int], None] | None,
    ) -> None:
        self.old, self.new, self.scopes, self.limits, self.progress = old, new, tuple(scopes), limits, progress
        self.until = None if limits.seconds is None else time.monotonic() + limits.seconds
        values = {a.name: a.values for a in new.assumptions}
        both = (replace(a, values=tuple(v for v in a.values if v in values.get(a.name, ()))) for a in old.assumptions)
        self.pinned = {**dict(old.assumed), **dict(new.assumed)}
        self.common = replace(old, assumptions=tuple(a for a in both if a.values), assumed=tuple(self.pinned.items()))
        self.usual = {a.name: a.default for a in self.common.assumptions if a.name not in self.pinned}
        self.models: dict[Assumed, tuple[Model, Model]] = {}
        self.found: dict[Assumed, list[Comparison]] = {}
        self.stopped: str | None = None

    def compare(self, prove: Prove | None) -> Across:
        rules, twins = ({rule.action: rule for rule in model.rules} for model in (self.old, self.new))
        usual = self._within(())  # in any case, and whether the tables can be compared at all
        # What is noted as assumed can make one text mean two things.
        otherwise = {action for one in usual for action in one.changed}
        changed = [a for a in {**rules, **twins} if rules.get(a) != twins.get(a) or a in otherwise]
        seen: dict[str, Shown] = {}
        wanted = {a: self._contexts(rules[a], twins[a]) for a in changed if a in rules and a in twins}
        for action in changed:
            for reading in wanted.get(action, [()]):
                shown = self._shortest(action, reading)
                if shown is not None:
                    seen[action] = shown
                    break
        alike = [action for action in wanted if action not in seen] if self.stopped is None else []
        proved = [a for a in alike if prove and all(self._proved(a, reading, prove) for reading in wanted[a])]
        return Across(
            self.old, self.new, self.scopes, tuple(self.found),
            max((len(c.explored.states) for some in self.found.values() for c in some), default=0),
            self.stopped, tuple(seen[a] for a in changed if a in seen), tuple(alike), tuple(proved),
            _changes(((p.id, p) for p in self.old.properties), ((p.id, p) for p in self.new.properties)),
            _changes(((a.name, (a.default, set(a.values))) for a in self.old.assumptions),
                     ((a.name, (a.default, set(a.values))) for a in self.new.assumptions)),
        )  # fmt: skip

    def _contexts(self, rule: Rule, twin: Rule) -> list[Assumed]:
        """The readings to look at, without what is the usual one or noted by a table."""
        found = contexts(self.common, rule, twin)
        return [tuple((n, v) for n, v in r if n in self.usual and self.usual[n] != v) for r in found]

    def _settled(self, reading: Assumed) -> tuple[Model, Model]:
        if reading not in self.models:
            old, new = ({**self.usual, **dict(reading), **dict(model.assumed)} for model in (self.old, self.new))
            self.models[reading] = self.old.assuming(old), self.new.assuming(new)
        return self.models[reading]

    def _within(self, reading: Assumed) -> list[Comparison]:
        """The two under some readings, in every scope."""
        if reading not in self.found:
            old, new = self._settled(reading)
            self.found[reading] = []
            for scope in self.scopes:
                left = None if self.until is None else max(self.until - time.monotonic(), 0.001)
                one = compare(old, new, scope, replace(self.limits, seconds=left), self.progress)
                self.found[reading].append(one)
                self.stopped = self.stopped or one.explored.stopped
                if self.stopped == "interrupted":
                    break
        return self.found[reading]

    def _shortest(self, action: str, reading: Assumed) -> Shown | None:
        if self.stopped == "interrupted" and reading not in self.found:
            return None
        old, new = self._settled(reading)
        if reading and old.rule(action) == new.rule(action):
            return None
        shown = [Shown(d, c, reading) for c in self._within(reading) for d in c.differing if d.action == action]
        return min(shown, key=_length, default=None)

    def _proved(self, action: str, reading: Assumed, prove: Prove) -> bool:
        old, new = self._settled(reading)
        one, other = old.rule(action), new.rule(action)
        # Each model may get where the other does not.
        return one == other or (prove(old, one, other) and prove(new, one, other))


def _length(shown: Shown) -> tuple[bool, int]:
    differs = shown.differs
    return differs.reached != "both", len(differs.old.steps) if differs.old else 0


def _changes(old: Iterable[tuple[str, object]], new: Iterable[tuple[str, object]]) -> Changes:
    before, after = dict(old), dict(new)
    return Changes(
        tuple(name for name in after if name not in before),
        tuple(name for name in before if name not in after),
        tuple(name for name in before if name in after and before[name] != after[name]),
    )
