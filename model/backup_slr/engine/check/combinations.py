"""Reachability under every combination of assumption values, by abstraction refinement (Clarke et al. 2000).

A rule reads few assumptions, but reachability depends on all rules, and there are too many combinations to try each. So
assumptions are *freed*: each step chooses its own values. This over-approximates every combination: a state that is
unreachable then is unreachable under all of them. A path to a state either exists under one combination, or two of its
steps need different values of one assumption; then each value of that assumption is tried separately.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import TypeAlias

from backup_slr.engine.check.exploration import DEFAULT_LIMITS, Explored, Limits, Space
from backup_slr.engine.check.transitions import Transition
from backup_slr.engine.compile.simplify import conj, disj
from backup_slr.engine.core.formula import FALSE, TRUE, Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Effect, Enum, Reading

Assignment: TypeAlias = tuple[tuple[str, str], ...]
"""A value for each assumption of a model."""

MOST = 200
"""The number of explorations after which a query gives up."""
KEPT = 16
"""The number of explorations that are kept for further queries."""


def read_by(*rules: Rule) -> frozenset[str]:
    """The names of the assumptions that some rules read."""
    parts = (part for rule in rules for part in (*rule.guards, *rule.effects, *rule.on_failure))
    return frozenset(reading.assumption for part in parts for reading in part.under)


def open_assumptions(model: Model, *rules: Rule) -> tuple[str, ...]:
    """The assumptions that some rules read and the model does not note as `assumed`."""
    read = read_by(*rules)
    return tuple(a.name for a in model.assumptions if a.name in read and a.name not in dict(model.assumed))


def assignments(model: Model, *rules: Rule) -> list[Assignment]:
    """Every combination of values that some rules read, with defaults for the rest; nearest to the defaults first."""
    read = open_assumptions(model, *rules)
    taken = {a.name: a.default for a in model.assumptions} | dict(model.assumed)
    open_ = [a for a in model.assumptions if a.name in read]
    found: list[Assignment] = []
    for values in product(*(a.values for a in open_)):
        said = taken | {a.name: value for a, value in zip(open_, values, strict=True)}
        found.append(tuple(said.items()))
    return sorted(found, key=lambda assumed: sum(taken[name] != value for name, value in assumed))


# ---------------------------------------------------------------- assumptions as choices


def _choice(number: int) -> str:
    """The name of the input that represents an assumption in a freed model."""
    return f"assumption_{number}"


def freed(model: Model, taken: Mapping[str, str]) -> Model:
    """The model in which each step chooses a value for every assumption that is not `taken`.

    It has every step that the model has under some combination of values with these.
    """
    choices = {
        a.name: Enum(_choice(number), tuple(a.values), kind="choice")
        for number, a in enumerate(model.assumptions)
        if a.name not in taken
    }

    def exists(under: tuple[Reading, ...]) -> Formula:
        parts: list[Formula] = []
        for reading in under:
            if reading.assumption in taken:
                parts.append(TRUE if taken[reading.assumption] in reading.values else FALSE)
            else:
                choice = choices[reading.assumption]
                parts.append(disj(choice.is_(value) for value in reading.values if value in choice.values))
        return conj(parts)

    def guarded(guards: tuple[Guard, ...]) -> Iterable[Guard]:
        for guard in guards:
            here = exists(guard.under)
            if here != FALSE:
                condition = guard.condition if here == TRUE else here.implies(guard.condition)
                yield replace(guard, condition=condition, under=())

    def affected(effects: tuple[Effect, ...]) -> Iterable[Effect]:
        for effect in effects:
            here = exists(effect.under)
            if here != FALSE:
                yield replace(effect, when=here & effect.when, under=())

    def of(rule: Rule) -> Rule:
        read = open_assumptions(replace(model, assumed=tuple(taken.items())), rule)
        return replace(
            rule,
            inputs=(*rule.inputs, *(choices[name] for name in read)),
            guards=tuple(guarded(rule.guards)),
            effects=tuple(affected(rule.effects)),
            on_failure=tuple(affected(rule.on_failure)),
        )

    return replace(model, rules=tuple(map(of, model.rules)), assumptions=(), assumed=())


@dataclass
class Freed:
    """The states that a freed model reaches at a scope."""

    model: Model
    taken: Mapping[str, str]
    scope: Scope
    limits: Limits

    @cached_property
    def space(self) -> Space:
        """Its transition relation."""
        return Space(freed(self.model, self.taken), self.scope)

    @cached_property
    def explored(self) -> Explored:
        """Its reachable states."""
        return self.space.explore(self.limits)

    def path(self, number: int) -> list[list[Transition]]:
        """A shortest path to a state: for each step, all transitions between the same two states."""
        follow = self.space.follow([(transition.condition, transition) for transition in self.space.transitions])
        level, target = self.explored.level_of(number), self.explored.states[number]
        way: list[list[Transition]] = []
        while level:
            level -= 1
            for state in self.explored.levels[level]:
                found = [self.space.transitions[m] for m, t in follow(state) if t == target]
                if found:
                    way.append(found)
                    target = state
                    break
        return way[::-1]


# ---------------------------------------------------------------- every combination


@dataclass
class Combinations:
    """Reachability of a model at a scope under every combination of the values of its assumptions.

    Values that it notes as `assumed` are fixed. `until` is the time (of `time.monotonic`) at which the search ends.
    `stopped` is the reason why the last query ended early, if it did: a limit, or ``readings`` after too many
    explorations.
    """

    model: Model
    scope: Scope
    limits: Limits = DEFAULT_LIMITS
    until: float | None = None
    stopped: str | None = None
    _freed: dict[frozenset[tuple[str, str]], Freed] = field(
        default_factory=dict[frozenset[tuple[str, str]], Freed], repr=False
    )

    def anywhere(self, where: Formula) -> bool:
        """Whether the over-approximation reaches a state where a grounded formula holds."""
        if where == FALSE:
            return False
        found = self._at({})
        return not found.explored.complete or found.space.first(where, found.explored.states) is not None

    def reaching(self, where: Formula, taken: Mapping[str, str]) -> Assignment | None:
        """A combination with these values under which some reachable state satisfies a grounded formula.

        None if there is no such combination, or if the search was `stopped`.
        """
        self.stopped = None
        open_ = [dict(taken)]
        for _ in range(MOST):
            if not open_:
                return None
            here = open_.pop()
            freed_ = self._at(here)
            number = freed_.space.first(where, freed_.explored.states)
            if number is None:
                if not freed_.explored.complete:
                    self.stopped = freed_.explored.stopped
                    return None
                continue
            found, conflict = self._joint(freed_.path(number), here)
            if found is not None:
                return found
            values = next(a.values for a in self.model.assumptions if a.name == conflict)
            open_ += ({**here, conflict: value} for value in reversed(list(values)))
        if open_:
            self.stopped = "readings"
        return None

    def _at(self, taken: Mapping[str, str]) -> Freed:
        said = {**dict(self.model.assumed), **taken}
        key = frozenset(said.items())
        if key not in self._freed:
            if len(self._freed) > KEPT:
                del self._freed[list(self._freed)[1]]  # the first one is needed repeatedly
            left = self.limits.seconds if self.until is None else max(self.until - time.monotonic(), 0.001)
            self._freed[key] = Freed(self.model, said, self.scope, replace(self.limits, seconds=left))
        return self._freed[key]

    def _joint(self, way: Sequence[Sequence[Transition]], taken: Mapping[str, str]) -> tuple[Assignment | None, str]:
        """A combination under which every step of a path exists, or an assumption of which two steps differ."""
        usual = {a.name: a.default for a in self.model.assumptions} | dict(self.model.assumed)
        so_far: list[dict[str, str]] = [dict(taken)]
        for transitions in way:
            chosen = (one for transition in transitions for one in _chosen(self.model, transition))
            wanted = list({tuple(one.items()): one for one in chosen}.values())
            joined = [
                {**one, **other}
                for one in so_far
                for other in wanted
                if all(one.get(name, value) == value for name, value in other.items())
            ]
            if not joined:
                names = dict.fromkeys(name for other in wanted for name in other if name not in taken)
                return None, next(name for name in names if any(name in one for one in so_far))
            so_far = list({tuple(sorted(one.items())): one for one in joined}.values())
        best = min(so_far, key=lambda one: sum(usual[name] != value for name, value in one.items()))
        return tuple({**usual, **best}.items()), ""


def _chosen(model: Model, transition: Transition) -> Iterable[dict[str, str]]:
    """The values of assumptions under which a transition of a freed model exists."""
    names = {_choice(number): (a.name, tuple(a.values)) for number, a in enumerate(model.assumptions)}
    for inputs in transition.inputs:
        yield {names[key][0]: names[key][1][value] for key, value in inputs.items() if key in names}
