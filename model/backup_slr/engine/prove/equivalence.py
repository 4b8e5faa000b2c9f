"""Prove that two rules behave the same in every scope: z3 finds no state of any size in which they differ.

The behavior of a rule is the outcome, the refusal with its error code, and the state afterwards. The proof assumes only
those facts about the state before the step that are proved for every reachable state (`Prover.facts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.prove.encoding import SymbolicOutcome, SymbolicStep
from backup_slr.engine.prove.induction import Prover, Query
from backup_slr.engine.prove.solver import Term, conj, disj, uninterrupted


@dataclass
class RuleEquivalence:
    """Proves that rules behave the same in the reachable states of models; proved facts about each model are cached.

    Parameters
    ----------
    until
        The time limit (of `time.monotonic`); none: no limit.
    """

    until: float | None = None
    _known: dict[object, Query] = field(default_factory=dict[object, Query], repr=False)
    _provers: dict[object, Prover] = field(default_factory=dict[object, Prover], repr=False)

    def __call__(self, model: Model, one: Rule, other: Rule, pinned: Mapping[str, str]) -> bool:
        """Return whether z3 proves that two rules of one action behave the same in every reachable state of a model.

        The proof covers all combinations of assumptions at once, except for the values in `pinned`.
        """
        # Most proofs need no fact about the state, or none that depends on the values in `pinned`.
        return any(
            self._proved(self._prover(model, pinned if with_pinned else {}), one, other, with_facts)
            for with_pinned, with_facts in ((False, False), (False, True), *([(True, True)] if pinned else []))
        )

    def _prover(self, model: Model, pinned: Mapping[str, str]) -> Prover:
        key = model, frozenset(pinned.items())
        if key not in self._provers:
            self._provers[key] = Prover(model, pinned, until=self.until, known=self._known)
        return self._provers[key]

    def _proved(self, prover: Prover, one: Rule, other: Rule, with_facts: bool) -> bool:
        known = (*prover.counts, *(prover.facts if with_facts else ()))
        with uninterrupted():
            step, twin = SymbolicStep.of(prover.symbols, one), SymbolicStep.of(prover.symbols, other)
            # Either rule may lack an input that the other one reads; places are the same, under any name.
            inputs = {**twin.inputs, **step.inputs}
            step, twin = (SymbolicStep(prover.symbols, rule, step.place, inputs) for rule in (one, other))
            supposed = (*prover.supposed(), *map(prover.holds, known))
            return prover.satisfy([*supposed, _differs(step, twin)])[0] == "unsat"


def _differs(step: SymbolicStep, twin: SymbolicStep) -> Term:
    """The condition under which the rules differ on the same request."""
    symbols = step.symbols
    found = [conj(a.where, b.where) for a in step.outcomes for b in twin.outcomes if _shown(a) != _shown(b)]
    effects = [effect for rule in (step.rule, twin.rule) for effect in (*rule.effects, *rule.on_failure)]
    written = {effect.variable.name for effect in effects}
    for variable in symbols.model.state:
        if variable.name in written:
            at = symbols.anywhere(variable)
            found.append(step.after(variable, at) != twin.after(variable, at))
    return disj(*found)


def _shown(outcome: SymbolicOutcome) -> tuple[frozenset[str], str | None]:
    return outcome.words, outcome.guard.shows_as if outcome.guard else None
