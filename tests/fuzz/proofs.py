"""Proofs by induction at every size, under one combination of values or all, against the interpreter at small sizes."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from support.naive import Naive
from support.random_models import Maker
from support.random_readings import combinations, with_assumptions
from support.strategies import COUNTS, SMALL_SCOPES, conceivable

from backup_slr.engine.compile.interpreter import holds
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.prove.induction import Prover

DOSE = 12
SECONDS = 0.3
"""The limit for one query to z3."""
TRIED = 8
"""Properties that are drawn for one model; most do not hold."""
TINY = Scope({"room": 1, "shelf": 1}, dict.fromkeys(COUNTS, 1))


def trial(random: Random) -> str | None:
    """Draw properties until one holds at a tiny scope under the defaults; if proved, it must hold elsewhere too."""
    maker = Maker(random)
    drawn, _ = maker.model(most=16)
    table = with_assumptions(maker, drawn, 2)
    guesses = [maker.property(table, maker.one(("always", "step"))) for _ in range(TRIED)]
    asked = next((p for p in guesses if _violated(table.assuming(), p, TINY) is None), None)
    if asked is None:
        return None
    table = replace(table, properties=(asked,))
    usual = next(combinations(table))
    claims = []
    if Prover(table.assuming(), seconds=SECONDS).prove(asked).proved:
        claims.append([usual])
    if Prover(table, seconds=SECONDS).prove(asked).proved:
        claims.append(list(combinations(table)))
    pinned = dict([maker.one(list(usual.items()))])
    if Prover(table, pinned, SECONDS).prove(asked).proved:
        claims.append([c for c in combinations(table) if c.items() >= pinned.items()])
    for scope in (scope for scope in SMALL_SCOPES if conceivable(table.state, scope) <= 64):
        for values in {str(c): c for claim in claims for c in claim}.values():
            if how := _violated(table.assuming(values), asked, scope):
                return f"proved, and violated at {scope.sizes}, {scope.bounds} under {values}: {asked.formula}; {how}"
    return None


def _violated(model: Model, asked: Property, scope: Scope) -> str | None:
    """A state or step of a settled model that violates a property, by the interpreter."""
    naive = Naive(model, scope)
    places = scope.places(asked.each)
    for state in naive.search().states:
        if asked.kind == "always":
            if not all(holds(asked.formula, naive.of_state(state, place)) for place in places):
                return f"state {state}"
            continue
        for request in naive.requests:
            taken = naive.taken(state, request)
            if not all(holds(asked.formula, naive.of_step(taken, place)) for place in places):
                return f"{request} in state {state}"
    return None
