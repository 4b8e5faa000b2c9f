"""Compare two rule sets in several scopes and under every combination of the values of their assumptions.

A difference may show only in a larger scope, or only under values that are not the defaults: values that the rule
reads, or values that make the relevant state reachable. So each action whose rule changed is compared in every scope,
under every combination (`combinations.Combinations`), until a difference is found.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.engine.check.combinations import Assignment, Combinations, assignments, open_assumptions
from backup_slr.engine.check.exploration import DEFAULT_LIMITS, Limits, Progress
from backup_slr.engine.check.transitions import transitions_of
from backup_slr.engine.compile.simplify import disj
from backup_slr.engine.core.formula import Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.diff.model_diff import ActionDiff, ModelDiff, diff_models, diff_transitions

Prove: TypeAlias = Callable[[Model, Rule, Rule, Mapping[str, str]], bool]
"""Proves that two settled rules have the same responses, at every size, in all states that a model reaches with some
values of its assumptions and any values of the others."""


@dataclass(frozen=True)
class ShownDiff:
    """An action that differs, the comparison that shows it, and the values of assumptions that are not the default."""

    differs: ActionDiff
    within: ModelDiff
    reading: Assignment


@dataclass(frozen=True)
class Changes:
    """Names that only the new rule set has, that only the old one has, and that both define differently."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True)
class TableDiff:
    """The differences of two rule sets.

    `alike` are the actions whose rules changed but that behave the same in these scopes under every combination of the
    assumptions in `varied`; `proved` are those that behave the same at every size. `readings` are the combinations
    under which both rule sets were explored.
    """

    old: Model
    new: Model
    scopes: tuple[Scope, ...]
    readings: tuple[Assignment, ...]
    varied: Mapping[str, tuple[str, ...]]
    states: int
    stopped: str | None
    differing: tuple[ShownDiff, ...]
    alike: tuple[str, ...]
    proved: tuple[str, ...]
    properties: Changes
    assumptions: Changes

    @property
    def shown(self) -> Iterator[ShownDiff]:
        """The differences of each action, one for each pair of outcomes."""
        for one in self.differing:
            yield from (replace(one, differs=differs) for differs in (one.differs, *one.differs.others))

    @property
    def combinations(self) -> int:
        return prod(map(len, self.varied.values()))

    @property
    def verdict(self) -> Exactly["equivalent", "different", "inconclusive"]:
        """The verdict on rules, properties and assumptions together."""
        if self.differing or self.properties or self.assumptions:
            return "different"
        return "equivalent" if self.stopped is None else "inconclusive"


def diff_tables(
    old: Model,
    new: Model,
    scopes: Sequence[Scope],
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress | None = None,
    prove: Prove | None = None,
) -> TableDiff:
    """Compare two rule sets under all assumptions, except for those that one of them notes as `assumed`.

    Parameters
    ----------
    scopes
        The scopes to explore; the shortest trace for each difference is reported.
    limits
        The limits for each scope; the seconds are for all scopes together.
    prove
        A prover for the actions without a known difference.

    Raises
    ------
    ValueError
        When a variable of both is declared differently.

    Notes
    -----
    A variable that only one rule set has keeps its initial value in the other.
    """
    old, new = _padded(old, new), _padded(new, old)
    order = [variable.name for variable in old.state]
    new = replace(new, state=tuple(sorted(new.state, key=lambda variable: order.index(variable.name))))
    return _TableComparison(old, new, tuple(scopes), limits, progress).run(prove)


def _padded(model: Model, other: Model) -> Model:
    """The model with the variables and inputs that only the other one has, which it neither reads nor writes."""
    own, inputs = {variable.name for variable in model.state}, {rule.action: rule.inputs for rule in other.rules}
    return replace(
        model,
        state=(*model.state, *(v for v in other.state if v.name not in own)),
        rules=tuple(
            replace(rule, inputs=tuple(dict.fromkeys((*rule.inputs, *inputs.get(rule.action, ())))))
            for rule in model.rules
        ),
    )


@dataclass
class _TableComparison:
    old: Model
    new: Model
    scopes: tuple[Scope, ...]
    limits: Limits
    progress: Progress | None

    def __post_init__(self) -> None:
        old, new, limits = self.old, self.new, self.limits
        self.until = None if limits.seconds is None else time.monotonic() + limits.seconds
        values = {a.name: a.values for a in new.assumptions}
        both = {a.name: tuple(v for v in a.values if v in values.get(a.name, ())) for a in old.assumptions}
        alone = {a.name: a.default for a in old.assumptions if not both[a.name]}
        self.pinned = {**alone, **dict(old.assumed), **dict(new.assumed)}
        shared = tuple(replace(a, values=both[a.name] or a.values) for a in old.assumptions)
        self.common = replace(old, assumptions=shared, assumed=tuple(self.pinned.items()))
        self.varied = {a.name: tuple(a.values) for a in self.common.assumptions if a.name not in self.pinned}
        self.usual = {name: values[0] for name, values in self.varied.items()}
        self.models: dict[Assignment, tuple[Model, Model]] = {}
        self.found: dict[Assignment, list[ModelDiff]] = {}
        self.stopped: str | None = None

    def run(self, prove: Prove | None) -> TableDiff:
        rules, twins = ({rule.action: rule for rule in model.rules} for model in (self.old, self.new))
        self._within(())  # also checks that the rule sets can be compared
        wanted = {a: self._contexts(rules[a], twins[a]) for a in rules if a in twins}
        # Rules with the same text can differ in what is noted as assumed.
        changed = [a for a in {**rules, **twins} if rules.get(a) != twins.get(a) or wanted[a]]
        seen = {action: shown for action in changed if (shown := self._shortest(action, ()))}
        unsure: dict[str, str] = {}
        for side in (0, 1):
            # Without a difference so far, the new model reaches the same states as the old one.
            if self.stopped != "interrupted" and (side == 0 or seen):
                self._under_all(side, {a: wanted[a] for a in changed if a in wanted}, seen, unsure)
        rest = [a for a in changed if a in wanted and a not in seen] if self.stopped is None else []
        proved = [a for a in rest if prove and all(self._proved(a, reading, prove) for reading in wanted[a])]
        open_ = [a for a in rest if a in unsure and a not in proved]
        if self.stopped is None and open_:
            self.stopped = unsure[open_[0]]
        return TableDiff(
            self.old, self.new, self.scopes, tuple(self.found), self.varied,
            max((len(c.explored.states) for some in self.found.values() for c in some), default=0),
            self.stopped, tuple(seen[a] for a in changed if a in seen),
            tuple(rest) if self.stopped is None else (), tuple(proved),
            _changes(((p.id, p) for p in self.old.properties), ((p.id, p) for p in self.new.properties)),
            _changes(((a.name, (a.default, set(a.values))) for a in self.old.assumptions),
                     ((a.name, (a.default, set(a.values))) for a in self.new.assumptions)),
        )  # fmt: skip

    def _contexts(self, rule: Rule, twin: Rule) -> list[Assignment]:
        """Return the values (without defaults) of what either rule reads, under which the texts of the rules differ."""
        found = assignments(self.common, rule, twin)
        unusual = [tuple((n, v) for n, v in r if n in self.usual and self.usual[n] != v) for r in found]
        return [r for r in unusual if len({model.rule(rule.action) for model in self._settled(r)}) > 1]

    def _under_all(
        self, side: int, wanted: Mapping[str, list[Assignment]], seen: dict[str, ShownDiff], unsure: dict[str, str]
    ) -> None:
        """Search all states of one model, under every combination, for actions that are not yet known to differ."""
        searches = [Combinations(self._varied(side), scope, self.limits, self.until) for scope in self.scopes]
        for action, readings in wanted.items():
            if action in seen:
                continue
            maybe = [
                (reading, search, where)
                for reading in readings
                for search in searches
                if search.anywhere(where := self._where(action, reading, search.scope))
            ]
            for reading, search, where in maybe:
                if action in seen or self.stopped == "interrupted":
                    break
                found = search.reaching(where, self._taken(action, reading))
                if search.stopped == "interrupted":
                    self.stopped = search.stopped
                if found is not None:
                    unusual = tuple((n, v) for n, v in found if n in self.usual and self.usual[n] != v)
                    # A result with few values other than the defaults is easier to read than a short trace.
                    shown = self._shortest(action, reading) or self._shortest(action, unusual)
                    if shown is not None:
                        seen[action] = shown
                if action not in seen and (found or search.stopped):
                    unsure.setdefault(action, search.stopped or self.stopped or "readings")

    def _taken(self, action: str, reading: Assignment) -> dict[str, str]:
        """The values, in an assignment, of all assumptions that the rules of an action read."""
        read = open_assumptions(self.common, self.old.rule(action), self.new.rule(action))
        return {name: value for name, value in {**self.usual, **dict(reading)}.items() if name in read}

    def _varied(self, side: int) -> Model:
        """The old or the new rule set, with all assumptions that are not varied noted as assumed."""
        model = (self.old, self.new)[side]
        others = {a.name: a.default for a in model.assumptions if a.name not in self.varied}
        kept = {a.name: a for a in self.common.assumptions}
        return replace(
            model,
            assumptions=tuple(kept.get(a.name, a) for a in model.assumptions),
            assumed=tuple({**others, **dict(model.assumed)}.items()),
        )

    def _where(self, action: str, reading: Assignment, scope: Scope) -> Formula:
        """The condition under which the responses to an action differ under an assignment."""
        one, other = (transitions_of(model.rule(action), scope) for model in self._settled(reading))
        return disj(d.where for d in diff_transitions(one, other))

    def _settled(self, reading: Assignment) -> tuple[Model, Model]:
        if reading not in self.models:
            old, new = ({**self.usual, **dict(reading), **dict(model.assumed)} for model in (self.old, self.new))
            self.models[reading] = self.old.assuming(old), self.new.assuming(new)
        return self.models[reading]

    def _within(self, reading: Assignment) -> list[ModelDiff]:
        if reading not in self.found:
            old, new = self._settled(reading)
            self.found[reading] = []
            for scope in self.scopes:
                left = None if self.until is None else max(self.until - time.monotonic(), 0.001)
                one = diff_models(old, new, scope, replace(self.limits, seconds=left), self.progress)
                self.found[reading].append(one)
                self.stopped = self.stopped or one.explored.stopped
                if self.stopped == "interrupted":
                    break
        return self.found[reading]

    def _shortest(self, action: str, reading: Assignment) -> ShownDiff | None:
        if self.stopped == "interrupted" and reading not in self.found:
            return None
        shown = [ShownDiff(d, c, reading) for c in self._within(reading) for d in c.differing if d.action == action]
        return min(shown, key=_length, default=None)

    def _proved(self, action: str, reading: Assignment, prove: Prove) -> bool:
        old, new = self._settled(reading)
        one, other = old.rule(action), new.rule(action)
        taken = self._taken(action, reading)
        # Each model may reach states that the other does not.
        return all(prove(model, one, other, {**dict(model.assumed), **taken}) for model in map(self._varied, (0, 1)))


def _length(shown: ShownDiff) -> tuple[bool, int]:
    differs = shown.differs
    trace = differs.old or differs.new
    return differs.reached != "both", len(trace.steps) if trace else 0


def _changes(old: Iterable[tuple[str, object]], new: Iterable[tuple[str, object]]) -> Changes:
    before, after = dict(old), dict(new)
    return Changes(
        tuple(name for name in after if name not in before),
        tuple(name for name in before if name not in after),
        tuple(name for name in before if name in after and before[name] != after[name]),
    )
