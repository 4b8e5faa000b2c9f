"""Induction: a property that holds initially and is preserved by every action holds in every reachable state.

z3 answers one query for each property and action, so an action that violates a property is known by name. Helper
invariants of a property (`Property.by`) are proved with it: the largest inductive subset of them is used, found by
removing those that are not inductive until none is left (Houdini; Flanagan and Leino 2001). Where these are not enough,
other invariants that are proved may help. A *step* property is
checked for every step from a state in which these hold. Helpers are proved in all scopes of the property
(`Property.needs`), even where they have larger needs themselves.

If an action does not preserve a property, the state before it is a *counterexample to induction*; it may be
unreachable.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.engine.check.combinations import read_by
from backup_slr.engine.core.formula import Param
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.core.variable import Count, Reading
from backup_slr.engine.prove.encoding import FormulaEncoder, SymbolicStep
from backup_slr.engine.prove.solver import Term, forall, uninterrupted, z3
from backup_slr.engine.prove.symbols import Symbols

QueryAnswer: TypeAlias = Exactly["keeps", "breaks", "unknown"]

SmallestScope: TypeAlias = tuple[tuple[str, int], ...]
"""The smallest scope of a query, by sort (see `Property.needs`)."""

SECONDS = 10.0
"""The time limit of one query."""


@dataclass(frozen=True)
class CountBounds:
    """The obligation of a count: it is never below zero, and never above its bound if it has one."""

    count: Count

    @property
    def id(self) -> str:
        """Its id, which no property has."""
        return f"{self.count.name}_stay_between_zero_and_their_bound"

    @property
    def sentence(self) -> str:
        """The obligation in words."""
        return f"{self.count.name.capitalize()} stay between zero and their bound"


ANSWERS: dict[str, QueryAnswer] = {"unsat": "keeps", "sat": "breaks"}
Invariant: TypeAlias = Property | CountBounds


@dataclass(frozen=True)
class Query:
    """One query and its answer; if the action violates the property, with the terms for `find_cti`."""

    action: str | None
    answer: QueryAnswer
    step: SymbolicStep | None = None
    asked: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Proof:
    """The queries for one property, one for each action, and the helper invariants that they assume."""

    asked: Invariant
    queries: tuple[Query, ...]
    by: tuple[Property, ...] = ()

    def those(self, answer: QueryAnswer) -> list[Query]:
        """The queries with this answer."""
        return [query for query in self.queries if query.answer == answer]

    @property
    def proved(self) -> bool:
        """Whether all queries succeeded."""
        return all(query.answer == "keeps" for query in self.queries)


@dataclass
class Prover:
    """All queries about one model, with a cache.

    If the assumptions of the model are not settled (`Model.assuming`), a proof holds under every combination of values
    at once; `pinned` settles some of them. `known` are answers that models with the same variables may share: a query
    is about one rule, and most rules of two such models are the same.
    """

    model: Model
    pinned: Mapping[str, str] = field(default_factory=dict[str, str])
    seconds: float = SECONDS
    until: float | None = None
    known: dict[object, Query] = field(default_factory=dict[object, Query], repr=False)
    symbols: Symbols = field(init=False)
    _held: dict[Invariant, Term] = field(init=False, default_factory=dict["Invariant", Term], repr=False)
    _steps: dict[str, SymbolicStep] = field(init=False, default_factory=dict[str, SymbolicStep], repr=False)

    def __post_init__(self) -> None:
        self.symbols = Symbols(self.model)

    # ------------------------------------------------------------ invariants as terms

    @cached_property
    def counts(self) -> tuple[CountBounds, ...]:
        """The obligations of every count."""
        return tuple(CountBounds(v) for v in self.model.state if isinstance(v, Count))

    def holds(self, invariant: Invariant) -> Term:
        """The term that an invariant holds before the step, at every place; cached."""
        if invariant not in self._held:
            self._held[invariant] = forall(*self._instance(invariant, None))
        return self._held[invariant]

    def _instance(self, invariant: Invariant, step: SymbolicStep | None) -> tuple[tuple[Term, ...], Term]:
        """An arbitrary place, and the term that an invariant holds there: before any step, or after or for this one."""
        if isinstance(invariant, CountBounds):
            at = self.symbols.anywhere(invariant.count)
            held = step.after(invariant.count, at) if step else self.symbols.before(invariant.count, at)
            bounded, bound = self.symbols.bound(invariant.count)
            return at, z3.And(held >= 0, z3.Implies(bounded, held <= bound))
        place: dict[Param, Term] = {param: self.symbols.some(param) for param in invariant.each}
        encoder = FormulaEncoder(self.symbols, place)
        if step is not None:
            encoder = replace(step.encoder(place), after=invariant.kind == "always")
        return tuple(place.values()), encoder(invariant.formula)

    @cached_property
    def _initially(self) -> list[Term]:
        symbols, cells = self.symbols, [(v, self.symbols.anywhere(v)) for v in self.model.state]
        return [forall(at, symbols.before(v, at) == symbols.value(v, 0)) for v, at in cells]

    # ------------------------------------------------------------ queries

    def _late(self) -> bool:
        """Return whether the time limit has passed."""
        return self.until is not None and time.monotonic() >= self.until

    def satisfy(self, asked: Iterable[Term], extra: Iterable[Term] = ()) -> tuple[str, Term]:
        """Check terms: return ``sat``, ``unsat`` or ``unknown``, and the solver, which has the model."""
        solver = z3.Solver()
        solver.set("ctrl_c", False)  # see `uninterrupted`
        left = self.seconds if self.until is None else min(self.seconds, self.until - time.monotonic())
        if left <= 0:
            return "unknown", solver
        solver.set("timeout", max(1, int(left * 1000)))
        solver.add(*asked, *extra)
        return str(solver.check()), solver

    def _ask(
        self, invariant: Invariant, rule: Rule | None, beside: tuple[Property, ...], needs: SmallestScope
    ) -> Query:
        """Ask whether a rule preserves an invariant, given its helpers; without a rule, whether it holds initially."""
        read = read_by(rule) if rule else ()
        values = tuple(
            (a.name, self.pinned.get(a.name, tuple(a.values))) for a in self.model.assumptions if a.name in read
        )
        key = (invariant, rule, beside, needs, values)
        found = self.known.get(key)
        if found is None and self._late():
            return Query(rule and rule.action, "unknown")  # without the terms, whose building takes seconds in all
        if found is None:
            with uninterrupted():
                found = self._query(invariant, rule, beside, needs)
            if found.answer != "unknown":
                self.known[key] = found
        return found

    def _query(
        self, invariant: Invariant, rule: Rule | None, beside: tuple[Property, ...], needs: SmallestScope
    ) -> Query:
        step = self._step(rule) if rule else None
        asked = self.supposed(needs)
        if step is None:
            asked += [*self._initially, z3.Not(self.holds(invariant))]
        else:
            asked += map(self.holds, dict.fromkeys((*self.counts, *beside)))
            asked.append(z3.Not(self._instance(invariant, step)[1]))
        answer = ANSWERS.get(self.satisfy(asked)[0], "unknown")
        return Query(rule and rule.action, answer, step, tuple(asked))

    def _step(self, rule: Rule) -> SymbolicStep:
        """Any step of a rule; cached."""
        if rule.action not in self._steps:
            self._steps[rule.action] = SymbolicStep.of(self.symbols, rule)
        return self._steps[rule.action]

    def supposed(self, needs: SmallestScope = ()) -> list[Term]:
        """The terms that every query assumes: the axioms, and the settled assumptions."""
        pinned = (self.symbols.reads((Reading(name, (value,)),)) for name, value in self.pinned.items())
        return [*self.symbols.axioms(dict(needs)), *pinned]

    # ------------------------------------------------------------ proofs

    def prove(self, asked: Invariant) -> Proof:
        """Try to prove an *always* or *step* property, or the bounds of a count.

        Raises `ValueError` when it is a property of another kind.
        """
        if isinstance(asked, CountBounds):
            return Proof(asked, tuple(self._ask(asked, rule, (), ()) for rule in (None, *self.model.rules)))
        if asked.kind not in ("always", "step"):
            raise ValueError(f"{asked.id} is of kind {asked.kind!r}: induction cannot prove it")
        itself = (asked,) if asked.kind == "always" else ()
        beside = self._inductive(_closure(asked.by), itself, asked.needs)
        proof = self._proof(asked, itself, beside)
        if not proof.those("breaks"):
            return proof
        # Extensions need helpers that the property cannot name. Often one is enough, which is easier to understand.
        more = tuple(fact for fact in self.facts if fact not in (*itself, *beside))
        for facts in (*((fact,) for fact in more), more):
            broken = [rule for rule in self.model.rules if rule.action in {q.action for q in proof.those("breaks")}]
            if facts and all(self._keeps(asked, rule, (*itself, *beside, *facts), asked.needs) for rule in broken):
                return self._proof(asked, itself, (*beside, *facts))
        return proof

    def _proof(self, asked: Property, itself: tuple[Property, ...], beside: tuple[Property, ...]) -> Proof:
        starts = (None,) if itself else ()
        queries = [self._ask(asked, rule, (*itself, *beside), asked.needs) for rule in (*starts, *self.model.rules)]
        return Proof(asked, tuple(queries), beside)

    @cached_property
    def facts(self) -> tuple[Property, ...]:
        """The *always* properties and helpers that are proved for all reachable states of all scopes."""
        named = (p for p in self.model.properties if p.kind == "always")
        return self._inductive(_closure((*named, *(h for p in self.model.properties for h in p.by))), (), ())

    def _inductive(
        self, candidates: tuple[Property, ...], itself: tuple[Property, ...], needs: SmallestScope
    ) -> tuple[Property, ...]:
        """The largest inductive subset of some invariants, given those that are proved with it."""
        kept = tuple(c for c in candidates if c not in itself and self._keeps(c, None, (), needs))
        while True:
            beside = (*itself, *kept)
            still = tuple(c for c in kept if all(self._keeps(c, rule, beside, needs) for rule in self.model.rules))
            if still == kept:
                return kept
            kept = still

    def _keeps(
        self, invariant: Property, rule: Rule | None, beside: tuple[Property, ...], needs: SmallestScope
    ) -> bool:
        return self._ask(invariant, rule, beside, needs).answer == "keeps"


def _closure(by: Iterable[Property]) -> tuple[Property, ...]:
    """The helpers, with their own helpers."""
    found: dict[Property, None] = {}
    todo = list(by)
    while todo:
        helper = todo.pop(0)
        if helper not in found:
            found[helper] = None
            todo += helper.by
    return tuple(found)
