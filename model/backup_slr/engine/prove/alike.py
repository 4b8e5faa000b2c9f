"""That two rules answer alike at every scope: z3 is asked for a state of any size where they do not, and finds none.

An *answer* is all that whoever asks can see: the outcome, the refusal and its error code, and the state afterwards. Of
the state before the step only that is supposed which is proved of every reachable one (`Prover.facts`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Variable
from backup_slr.engine.prove.induction import Invariant, Prover, Query
from backup_slr.engine.prove.meaning import SymbolicStep, Way
from backup_slr.engine.prove.solver import Term, conj, disj, fresh, uninterrupted


@dataclass
class Alike:
    """Whether rules answer alike wherever some models get; what is proved of each model is kept.

    Parameters
    ----------
    until
        The moment (of `time.monotonic`) from which on nothing more is proved; none: no such moment.
    """

    until: float | None = None
    _known: dict[object, Query] = field(default_factory=dict[object, Query], repr=False)
    _provers: dict[object, Prover] = field(default_factory=dict[object, Prover], repr=False)

    def __call__(self, model: Model, one: Rule, other: Rule, taken: Mapping[str, str]) -> bool:
        """Whether two rules of one action answer alike in every reachable state of a model, as far as z3 finds out.

        This is asked of all combinations of readings at once, except that those `taken` are settled.
        """
        key = model, frozenset(taken.items())
        if key not in self._provers:
            self._provers[key] = Prover(model, taken, until=self.until, known=self._known)
        prover = self._provers[key]
        facts = prover.facts
        with uninterrupted():
            return _asked(prover, (*prover.counts, *facts), one, other)


def _asked(prover: Prover, known: tuple[Invariant, ...], one: Rule, other: Rule) -> bool:
    step = SymbolicStep.of(prover.symbols, one)
    # Either rule may lack an input that the other one reads; places are the same, whatever they are called.
    inputs = {**SymbolicStep.of(prover.symbols, other).inputs, **step.inputs}
    step = SymbolicStep(prover.symbols, one, step.place, inputs)
    twin = SymbolicStep(prover.symbols, other, step.place, inputs)
    found, _ = prover.satisfy([*prover.supposed(), *map(prover.holds, known), _differs(step, twin)])
    return found == "unsat"


def _differs(step: SymbolicStep, twin: SymbolicStep) -> Term:
    """The same request is answered in two ways."""
    ends = (conj(a.where, b.where) for a in step.ways for b in twin.ways if _shown(a) != _shown(b))
    return disj(*ends, *_elsewhere(step, twin))


def _shown(way: Way) -> tuple[tuple[str, ...], str | None]:
    return way.ends, way.guard.shows_as if way.guard else None


def _elsewhere(step: SymbolicStep, twin: SymbolicStep) -> Iterator[Term]:
    """For each variable that one of the two may write: at some place it holds something else afterwards."""
    for variable in step.symbols.model.state:
        if any(_writes(rule, variable) for rule in (step.rule, twin.rule)):
            at = tuple(fresh(sort.name, step.symbols.sorts[sort]) for sort in variable.per)
            yield step.after(variable, at) != twin.after(variable, at)


def _writes(rule: Rule, variable: Variable) -> bool:
    return any(effect.variable.name == variable.name for effect in (*rule.effects, *rule.on_failure))
