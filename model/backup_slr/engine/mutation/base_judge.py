"""The rules without extensions as a judge of mutants of the composed rules."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from backup_slr.engine.check.combinations import Assignment, assignments
from backup_slr.engine.check.transitions import transitions_of
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.diff.model_diff import diff_transitions, first_difference
from backup_slr.engine.mutation.mutants import Mutant
from backup_slr.engine.mutation.mutated_model import Baseline
from backup_slr.engine.spec.reduction import initial_values, reduced


class BaseJudge:
    """Finds mutants that answer a request differently than the base, where the extensions change nothing.

    The states are those that the base reaches, and the variables of the extensions have their initial values.
    """

    def __init__(self, base: Model, composed: Model, scopes: Sequence[Scope]) -> None:
        self.base, self.composed, self.scopes = base, composed, scopes
        self.own = initial_values(composed, base)
        self.rules = {rule.action: (rule, reduced(composed.rule(rule.action), self.own)) for rule in base.rules}
        self.known = {assumption.name for assumption in base.assumptions}
        self._baseline = cache(self._baseline_at)

    def _baseline_at(self, assumed: Assignment, number: int) -> Baseline:
        return Baseline(self.base.assuming(dict(assumed)), self.scopes[number])

    def __call__(self, mutant: Mutant) -> str | None:
        """Return the request that is answered differently, if there is one."""
        if mutant.action not in self.rules:
            return None
        rule, twin = self.rules[mutant.action]
        changed = reduced(mutant.rule, self.own)
        every = [dict(assumed) for assumed in assignments(self.composed, rule, changed)]
        shown = [taken for taken in every if twin.assuming(taken) != changed.assuming(taken)]
        for number, scope in enumerate(self.scopes):
            for taken in shown:
                baseline = self._baseline(tuple((n, v) for n, v in taken.items() if n in self.known), number)
                moves = transitions_of(changed.assuming(taken), scope)
                found = list(diff_transitions(baseline.moves[mutant.action], moves))
                if found and first_difference(baseline.space, found, baseline.explored.states):
                    return f"{mutant.action} is answered differently"
        return None
