"""A mutated model compared with the baseline: which properties and recorded outcomes kill the mutant.

Only one rule is different, so most results about the baseline still hold. A *step* property can be violated by a step
of that rule, or by a step from a state that was not reachable before; a witness that replays unchanged remains a
witness. Everything else is checked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TypeAlias

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.confirm import CheckedRun, confirm
from backup_slr.engine.check.exploration import Explored, Space
from backup_slr.engine.check.results import EVERY_OUTCOME, PropertyResult
from backup_slr.engine.check.transitions import Transition
from backup_slr.engine.compile.analysis import speaks_of_step
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.simplify import conj, disj, negate
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.core.step import Machine
from backup_slr.engine.core.trace import Trace, replay
from backup_slr.engine.diff.model_diff import TransitionDiff, changes

ObservedOutcome: TypeAlias = tuple[str, str, str | None, bool]
"""An action, how it ended and why, and whether it changed the state."""


class Baseline(Checker):
    """A model at a scope with its reachable states, and cached verdicts on its properties."""

    @cached_property
    def explored(self) -> Explored:
        return self.space.explore()

    @cached_property
    def moves(self) -> dict[str, list[Transition]]:
        moves = self.space.transitions
        return {rule.action: [m for m in moves if m.ending.action == rule.action] for rule in self.model.rules}

    @cached_property
    def result_of(self) -> Callable[[Property], PropertyResult]:
        return cache(self.judge)

    @cached_property
    def reaches_every_outcome(self) -> bool:
        """No outcome of the table is dead (`EVERY_OUTCOME`)."""
        states = self.explored.states
        return all(reaches_outcomes_of(r, self.moves[r.action], self.space, states) for r in self.model.rules)

    @cached_property
    def observed(self) -> dict[str, frozenset[ObservedOutcome]]:
        return {a: observed_outcomes(moves, self.space, self.explored.states) for a, moves in self.moves.items()}


def reaches_outcomes_of(rule: Rule, moves: Sequence[Transition], space: Space, states: Sequence[int]) -> bool:
    return all(
        space.first(disj(m.condition for m in moves if m.label == (rule.action, *way)), states) is not None
        for way in rule.outcomes()
    )


def observed_outcomes(moves: Iterable[Transition], space: Space, states: Sequence[int]) -> frozenset[ObservedOutcome]:
    where: dict[ObservedOutcome, list[Transition]] = {}
    for move in moves:
        where.setdefault((*move.label, False), []).append(move)
        where.setdefault((*move.label, True), []).append(move)

    def occurs(moves: list[Transition], changing: bool) -> bool:
        conditions = (conj((m.condition, changes(m) if changing else negate(changes(m)))) for m in moves)
        return space.first(disj(conditions), states) is not None

    return frozenset(outcome for outcome, moves in where.items() if occurs(moves, outcome[3]))


@dataclass
class MutatedModel:
    """The baseline with one rule replaced, and the differences."""

    baseline: Baseline
    rule: Rule
    moves: tuple[Transition, ...]
    differences: list[TransitionDiff]

    @cached_property
    def model(self) -> Model:
        return self.baseline.model.replacing(self.rule)

    @cached_property
    def explored(self) -> Explored:
        """The reachable states: those of the baseline, if no changed transition reaches another state."""
        return self._space.explore() if self._leads_elsewhere else self.baseline.explored

    @property
    def _same_states(self) -> bool:
        return self.explored is self.baseline.explored

    @cached_property
    def _leads_elsewhere(self) -> bool:
        """Whether some transition leads to a different state than before, even one that was reachable."""
        where = disj(d.where for d in self.differences if d.leads_elsewhere)
        return self.baseline.space.first(where, self.baseline.explored.states) is not None

    @cached_property
    def _new(self) -> list[int]:
        """The numbers of states that were not reachable before."""
        if self._same_states:
            return []
        known = set(self.baseline.explored.states)
        return [number for number, word in enumerate(self.explored.states) if word not in known]

    # ------------------------------------------------------------ checkers of parts of the transition relation

    def _space_of(self, moves: Iterable[Transition]) -> Space:
        """The transition relation of some transitions, without computing any of them again."""
        return self.baseline.space.replacing(self.model, moves)

    @cached_property
    def _space(self) -> Space:
        """The mutated transition relation; the transitions of all other rules are those of the baseline."""
        moves = {**self.baseline.moves, self.rule.action: self.moves}
        return self._space_of(move for rule in self.model.rules for move in moves[rule.action])

    @cached_property
    def checker(self) -> Checker:
        return Checker.of(self._space, self.explored)

    @cached_property
    def _new_steps(self) -> Checker:
        """A checker of those steps of the mutated rule that the baseline does not take."""
        old = [(move.ending, move.condition, move.inputs) for move in self.baseline.moves[self.rule.action]]
        new = (move for move in self.moves if (move.ending, move.condition, move.inputs) not in old)
        return Checker.of(self._space_of(new), self.explored)

    @cached_property
    def _old_and_new_steps(self) -> Checker:
        moves = self._space_of((*self.baseline.moves[self.rule.action], *self.moves))
        return Checker.of(moves, self.explored)

    # ------------------------------------------------------------ properties

    def violated(self) -> Iterator[tuple[Property, Trace | None]]:
        """Generate the properties that hold for the baseline and not for the mutant, those quick to check first.

        Liveness is slow to check, and is checked only if no other property kills the mutant.
        """
        killed = False
        for kinds in (("step", "always"), ("sometimes",), ("possible",), ("eventually",)):
            if killed and kinds == ("possible",):
                return
            for asked in self.baseline.model.properties:
                if asked.kind in kinds and asked.fits(self.baseline.scope.sizes):
                    found = self._violation(asked)
                    if found is not None and self.baseline.result_of(asked).verdict == "holds":
                        killed = True
                        yield asked, found if found.steps else None
            if kinds == ("sometimes",) and self.baseline.reaches_every_outcome and not self._reaches_every_outcome():
                killed = True
                yield EVERY_OUTCOME, None

    def violated_by_a_change(self) -> Iterator[tuple[Property, Trace | None]]:
        """Generate the *step* and *always* properties that the first changed step of a request violates.

        No state of the mutant is explored, so this finds some of the properties that `violated` finds, in less time.
        """
        baseline = self.baseline
        asked = [p for p in baseline.model.properties if p.kind in ("step", "always") and p.fits(baseline.scope.sizes)]
        for difference in self.differences:
            number = baseline.space.first(difference.where, baseline.explored.states)
            if number is None:
                continue
            way = (*baseline.queries.path(number)[0], difference.request)
            run = CheckedRun(replay(Machine(self.model, baseline.scope), way))
            for one in asked:
                if any(not run.flaw_at(one, place) for place in baseline.scope.places(one.each)):
                    confirm(one, run.trace)
                    if baseline.result_of(one).verdict == "holds":
                        yield one, run.trace

    def _violation(self, asked: Property) -> Trace | None:
        """Return a trace on which the mutant violates a property; an empty one if no trace can show it."""
        if asked.kind in ("step", "always"):
            found = self._broken_step(asked) if asked.kind == "step" else self._broken_state(asked)
            if found is not None:
                confirm(asked, found)
            return found
        if asked.kind == "sometimes":
            witness = self.baseline.result_of(asked).trace
            if witness is None or self._replays_unchanged(witness):
                return None
        elif not self._concerns(asked):
            return None
        judged = self.checker.judge(asked)
        if judged.verdict != "violated":
            return None
        return judged.trace or Trace(self.checker.machine, ())

    def _concerns(self, asked: Property) -> bool:
        """Return whether the state graph differs, or the property is about steps of the rule."""
        if self._leads_elsewhere:
            return True
        formulas = [asked.formula, asked.earlier, asked.meanwhile, *(fair.steps for fair in asked.fair)]
        params = tuple(dict.fromkeys((*asked.each, *(p for fair in asked.fair for p in fair.each))))
        return any(
            self._old_and_new_steps.steps.first(formula, place, self.explored.states) is not None
            for formula in formulas
            if speaks_of_step(formula)
            for place in self.baseline.scope.kinds_of_places(params)
        )

    @cached_property
    def _new_words(self) -> Sequence[int]:
        return [self.explored.states[number] for number in self._new]

    def _broken_step(self, asked: Property) -> Trace | None:
        for place in self.baseline.scope.kinds_of_places(asked.each):
            found = self._new_steps.steps.first(~asked.formula, place, self.explored.states)
            if found is not None:
                return self.checker.trace_to(*found)
            found = self.checker.steps.first(~asked.formula, place, self._new_words) if self._new else None
            if found is not None:
                return self.checker.trace_to(self._new[found[0]], found[1])
        return None

    def _broken_state(self, asked: Property) -> Trace | None:
        for place in self.baseline.scope.kinds_of_places(asked.each) if self._new else ():
            found = self._space.first(Ground(self.baseline.scope, place)(~asked.formula), self._new_words)
            if found is not None:
                return self.checker.trace_to(self._new[found])
        return None

    def _replays_unchanged(self, trace: Trace) -> bool:
        again = replay(self.checker.machine, (step.request for step in trace.steps))
        old, new = ([(t.outcome, t.because, t.after) for t in way.steps] for way in (trace, again))
        return old == new

    def _reaches_every_outcome(self) -> bool:
        states = self.explored.states
        if not reaches_outcomes_of(self.rule, self.moves, self.baseline.space, states):
            return False
        others = () if self._same_states else (rule for rule in self.model.rules if rule is not self.rule)
        return all(reaches_outcomes_of(r, self.baseline.moves[r.action], self._space, states) for r in others)

    # ------------------------------------------------------------ outcomes

    def changed_outcomes(self) -> Iterator[str]:
        """Generate the outcomes that only the mutant shows (``+``) or only the baseline (``-``)."""
        others = [] if self._same_states else [r.action for r in self.model.rules if r.action != self.rule.action]
        for action in (self.rule.action, *others):
            moves = self.moves if action == self.rule.action else self.baseline.moves[action]
            now = observed_outcomes(moves, self.baseline.space, self.explored.states)
            before = self.baseline.observed[action]
            for sign, outcomes in (("+", now - before), ("-", before - now)):
                for *words, changing in sorted(outcomes, key=str):
                    yield f"{sign} {' '.join(str(word) for word in words if word)}{' changes' if changing else ''}"
