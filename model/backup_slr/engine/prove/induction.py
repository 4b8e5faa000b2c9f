"""Induction: a property of the initial state that every action keeps holds in every reachable state of every scope.

One question is put to z3 for each property and action, so that an action that breaks a property is known by name.
What an *always* needs beside itself (`Property.by`) is proved with it: of the invariants named there, the largest part
that is inductive is taken, by leaving out what is not until nothing is left to leave out (Houdini; Flanagan and Leino
2001). A *step* property is asked of every step from a state in which those hold. What stands beside a property is asked
in all scopes in which that means anything (`Property.needs`), and not only in those in which it does so itself.

That an action does not keep a property is a *counterexample to induction*: a state, perhaps one that nothing reaches.
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
"""The smallest scope that is asked about, by sort (see `Property.needs`)."""

SECONDS = 10.0
"""The time limit for one question to z3."""


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
    """One question: the answer, and if the action breaks the property, how (for `counterexample`)."""

    action: str | None
    answer: QueryAnswer
    step: SymbolicStep | None = None
    asked: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Proof:
    """What induction says of one property: which actions break it, of which z3 does not know, by which invariants."""

    asked: Invariant
    queries: tuple[Query, ...]
    by: tuple[Property, ...] = ()

    def those(self, answer: QueryAnswer) -> list[Query]:
        """The queries with that answer."""
        return [query for query in self.queries if query.answer == answer]

    @property
    def proved(self) -> bool:
        """Nothing breaks it."""
        return all(query.answer == "keeps" for query in self.queries)


@dataclass
class Prover:
    """All questions about one model.

    If its assumptions are not settled (`Model.assuming`), what is proved holds under every combination of readings at
    once; `pinned` settles some of them. `known` are answers that models with the same variables may share: a question
    is about one rule, and most rules of two such models are the same.
    """

    model: Model
    pinned: Mapping[str, str] = field(default_factory=dict[str, str])
    seconds: float = SECONDS
    until: float | None = None
    known: dict[object, Query] = field(default_factory=dict[object, Query], repr=False)
    symbols: Symbols = field(init=False)

    def __post_init__(self) -> None:
        self.symbols = Symbols(self.model)

    # ------------------------------------------------------------ what holds of states

    @cached_property
    def counts(self) -> tuple[CountBounds, ...]:
        """The obligations of every count."""
        return tuple(CountBounds(v) for v in self.model.state if isinstance(v, Count))

    def holds(self, invariant: Invariant) -> Term:
        """An invariant holds before the step, everywhere."""
        return forall(*self._instance(invariant, None))

    def _instance(self, invariant: Invariant, step: SymbolicStep | None) -> tuple[tuple[Term, ...], Term]:
        """An arbitrary place, and that an invariant holds there: before any step, or after this one, or of it."""
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

    # ------------------------------------------------------------ asking

    def satisfy(self, asked: Iterable[Term], extra: Iterable[Term] = ()) -> tuple[str, Term]:
        """What z3 says of some terms together (``sat``, ``unsat``, ``unknown``), and a solver that has its model."""
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
        if found is None:
            with uninterrupted():
                found = self._query(invariant, rule, beside, needs)
            if found.answer != "unknown":
                self.known[key] = found
        return found

    def _query(
        self, invariant: Invariant, rule: Rule | None, beside: tuple[Property, ...], needs: SmallestScope
    ) -> Query:
        step = SymbolicStep.of(self.symbols, rule) if rule else None
        asked = self.supposed(needs)
        if step is None:
            asked += [*self._initially, z3.Not(self.holds(invariant))]
        else:
            asked += map(self.holds, dict.fromkeys((*self.counts, *beside)))
            asked.append(z3.Not(self._instance(invariant, step)[1]))
        answer = ANSWERS.get(self.satisfy(asked)[0], "unknown")
        return Query(rule and rule.action, answer, step, tuple(asked))

    def supposed(self, needs: SmallestScope = ()) -> list[Term]:
        """What every question begins with: what holds of the symbols themselves, and the readings that are settled."""
        pinned = (self.symbols.reads((Reading(name, (value,)),)) for name, value in self.pinned.items())
        return [*self.symbols.axioms(dict(needs)), *pinned]

    # ------------------------------------------------------------ proofs

    def prove(self, asked: Invariant) -> Proof:
        """Ask of an *always*, a *step* or the bounds of a count whether it holds at first and every action keeps it.

        Raises
        ------
        ValueError
            When it is a property of another kind: induction says nothing of those.
        """
        if isinstance(asked, CountBounds):
            return Proof(asked, tuple(self._ask(asked, rule, (), ()) for rule in (None, *self.model.rules)))
        if asked.kind not in ("always", "step"):
            raise ValueError(f"{asked.id} is a matter of {asked.kind}, not of induction")
        itself = (asked,) if asked.kind == "always" else ()
        beside = self._inductive(_closure(asked.by), itself, asked.needs)
        starts = (None,) if itself else ()
        queries = [self._ask(asked, rule, (*itself, *beside), asked.needs) for rule in (*starts, *self.model.rules)]
        return Proof(asked, tuple(queries), beside)

    @cached_property
    def facts(self) -> tuple[Property, ...]:
        """What is proved of every reachable state at every scope: of the *always* properties and of what helps any."""
        named = (p for p in self.model.properties if p.kind == "always")
        return self._inductive(_closure((*named, *(h for p in self.model.properties for h in p.by))), (), ())

    def _inductive(
        self, candidates: tuple[Property, ...], itself: tuple[Property, ...], needs: SmallestScope
    ) -> tuple[Property, ...]:
        """The largest part of some invariants that is inductive, given what is to be proved with it."""
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
    """What helps, and what helps that."""
    found: dict[Property, None] = {}
    todo = list(by)
    while todo:
        helper = todo.pop(0)
        if helper not in found:
            found[helper] = None
            todo += helper.by
    return tuple(found)
