"""One mutant under one reading, at the scope where it shows: whether properties and the golden outcomes notice.

Only one rule is different, so most of what is known of the whole model still holds. A *step* property can be violated
by a step of that rule, or by a step from a state that was not reachable before; a witness that still goes as it went
is a witness. Only what such thoughts leave open is judged anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.confirm import confirm
from backup_slr.engine.check.exploration import Explored, Space
from backup_slr.engine.check.results import EVERY_OUTCOME
from backup_slr.engine.check.transitions import Transition
from backup_slr.engine.compile.analysis import speaks_of_step
from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.simplify import disj
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.trace import Taken, Trace, replay
from backup_slr.engine.diff.transition_diff import TransitionDiff
from backup_slr.engine.mutation.whole import Whole, outcomes, takes_every_way


@dataclass
class Trial:
    """A mutated rule in place of that of a whole model, with the differences that this makes."""

    whole: Whole
    rule: Rule
    moves: tuple[Transition, ...]
    differences: list[TransitionDiff]

    @cached_property
    def model(self) -> Model:
        """The mutated model."""
        return self.whole.model.replacing(self.rule)

    @cached_property
    def judge(self) -> Checker:
        """The judge of the mutated model, which has explored it."""
        return Checker.of(self._space, self.explored)

    @cached_property
    def _space(self) -> Space:
        """The transition relation of the mutated model; the moves of all other rules are those of the whole."""
        moves = {**self.whole.moves, self.rule.action: self.moves}
        return self._space_of(move for rule in self.model.rules for move in moves[rule.action])

    def _space_of(self, moves: Iterable[Transition]) -> Space:
        """The transition relation that some moves of the mutated model make."""
        return self.whole.space.replacing(self.model, moves)

    @cached_property
    def explored(self) -> Explored:
        """The reachable states of the mutated model: those of the whole one, if no answer leads elsewhere."""
        if not self._leads_elsewhere:
            return self.whole.explored
        return self._space.explore()

    @cached_property
    def new(self) -> list[int]:
        """The numbers of states that were not reachable before."""
        if self.explored is self.whole.explored:
            return []
        return [number for number, word in enumerate(self.explored.states) if word not in self.whole.words]

    @cached_property
    def _news(self) -> Checker:
        """A judge who sees only those steps of the mutated rule that the whole model does not take."""
        old = [(move.ending, move.condition, move.inputs) for move in self.whole.moves[self.rule.action]]
        news = (move for move in self.moves if (move.ending, move.condition, move.inputs) not in old)
        return Checker.of(self._space_of(news), self.explored)

    @cached_property
    def _both(self) -> Checker:
        """A judge who sees the steps of the rule as it was and as it is."""
        moves = (*self.whole.moves[self.rule.action], *self.moves)
        return Checker.of(self._space_of(moves), self.explored)

    # ------------------------------------------------------------ properties

    def violated(self) -> Iterator[tuple[Property, Trace | None]]:
        """Every property that holds of the whole model and not of the mutant, those that are quick to judge first.

        What comes in the end takes long to judge, and is asked only if nothing else was found.
        """
        numbered = list(enumerate(self.whole.model.properties))
        noticed = False
        for kinds in (("step", "always"), ("sometimes",), ("possible",), ("eventually",)):
            if noticed and kinds == ("possible",):
                return
            for number, asked in numbered:
                if asked.kind in kinds:
                    found = self._violates(number, asked)
                    if found is not None and self.whole.judgement(number).verdict == "holds":
                        noticed = True
                        yield asked, found if found.steps else None
            if kinds == ("sometimes",) and self.whole.each_way and not self._takes_every_way():
                noticed = True
                yield EVERY_OUTCOME, None

    def _violates(self, number: int, asked: Property) -> Trace | None:
        """What shows that the mutant violates a property; an empty trace if nothing can be shown."""
        if not asked.fits(self.whole.scope.sizes):
            return None
        nothing = Trace(self.judge.machine, ())
        match asked.kind:
            case "step":
                return self._step(asked)
            case "always":
                return self._always(asked)
            case "sometimes":
                witness = self.whole.judgement(number).trace
                if witness is None or self._goes_as_it_went(witness):
                    return None
                return nothing if self.judge.judge(asked).verdict == "violated" else None
            case "possible" | "eventually" if not self._concerns(asked):
                return None
            case _:
                found = self.judge.judge(asked)
                return (found.trace or nothing) if found.verdict == "violated" else None

    @cached_property
    def _leads_elsewhere(self) -> bool:
        """Some answer leads to another state, be it one that was reachable before."""
        where = disj(d.where for d in self.differences if d.leads_elsewhere)
        return self.whole.space.first(where, self.whole.explored.states) is not None

    def _concerns(self, asked: Property) -> bool:
        """The graph is another one, or the property looks at steps of the rule."""
        if self._leads_elsewhere:
            return True
        formulas = [asked.formula, asked.earlier, asked.meanwhile, *(fair.steps for fair in asked.fair)]
        params = tuple(dict.fromkeys((*asked.each, *(p for fair in asked.fair for p in fair.each))))
        return any(
            self._both.step_where(formula, place, self.explored.states) is not None
            for formula in formulas
            if speaks_of_step(formula)
            for place in self.whole.scope.kinds_of_places(params)
        )

    def _step(self, asked: Property) -> Trace | None:
        states = self.explored.states
        new = [states[number] for number in self.new]
        for place in self.whole.scope.kinds_of_places(asked.each):
            found = self._news.step_where(~asked.formula, place, states)
            if found is not None:
                return self._confirmed(asked, self.judge.trace_to(*found))
            found = self.judge.step_where(~asked.formula, place, new) if new else None
            if found is not None:
                return self._confirmed(asked, self.judge.trace_to(self.new[found[0]], found[1]))
        return None

    def _confirmed(self, asked: Property, trace: Trace) -> Trace:
        confirm(asked, trace)
        return trace

    def _always(self, asked: Property) -> Trace | None:
        new = [self.explored.states[number] for number in self.new]
        for place in self.whole.scope.kinds_of_places(asked.each):
            found = self.judge.space.first(Ground(self.whole.scope, place)(~asked.formula), new) if new else None
            if found is not None:
                return self._confirmed(asked, self.judge.trace_to(self.new[found]))
        return None

    def _goes_as_it_went(self, trace: Trace) -> bool:
        again = replay(self.judge.machine, (step.request for step in trace.steps))
        return all(_told(a) == _told(b) for a, b in zip(again.steps, trace.steps, strict=True))

    def _takes_every_way(self) -> bool:
        space, states = self.judge.space, self.explored.states
        if not takes_every_way(self.rule, self.moves, self.whole.space, states):
            return False
        if self.explored is self.whole.explored:
            return True
        others = ((rule, self.whole.moves[rule.action]) for rule in self.model.rules if rule is not self.rule)
        return all(takes_every_way(rule, moves, space, states) for rule, moves in others)

    # ------------------------------------------------------------ outcomes

    def new_outcomes(self) -> Iterator[str]:
        """Outcomes that the whole model shows and the mutant does not, or the other way round."""
        actions = [self.rule.action]
        if self.explored is not self.whole.explored:
            actions += [rule.action for rule in self.model.rules if rule.action != self.rule.action]
        for action in actions:
            moves = self.moves if action == self.rule.action else self.whole.moves[action]
            now = outcomes(moves, self.whole.space, self.explored.states)
            before = self.whole.seen[action]
            for sign, seen in (*(("+", x) for x in sorted(now - before, key=str)),
                               *(("-", x) for x in sorted(before - now, key=str))):  # fmt: skip
                yield f"{sign} {' '.join(part for part in seen[:3] if part)}{' changes' if seen[3] else ''}"

    # ------------------------------------------------------------ where it shows

    def shortest(self, number: int, request: Request) -> tuple[Request, ...]:
        """A shortest sequence of requests of which the last one is answered differently."""
        return (*self.whole.judge.queries.path(number)[0], request)


def _told(step: Taken) -> tuple[object, ...]:
    return step.outcome, step.because, step.after
