"""Random assumptions for a random model: parts of its rules exist only under some of their values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import TypeVar

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Assumption, Guard, Rule
from backup_slr.engine.core.scope import Scope, State
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import Effect, Enum, Reading
from support.naive import Naive
from support.random_models import Maker

P = TypeVar("P", Guard, Effect)
VALUES = ("no", "yes", "perhaps")


def with_assumptions(maker: Maker, model: Model, most: int = 3) -> Model:
    """The model with a limited number of assumptions, read by most parts of some of its rules."""
    few = (2, 2, 2, 3)
    assumptions = tuple(
        Assumption(f"reading-{n}", "?", dict.fromkeys(VALUES[: maker.one(few)], ""), "")
        for n in range(1, maker.random.randint(1, most) + 1)
    )
    # An assumption may have a similar name as a variable, and the same values; an equal name is rejected.
    single = [v for v in model.state if isinstance(v, Enum) and not v.per]
    if single and maker.chance(0.3):
        assumptions = (Assumption(f"{single[0].name}-", "?", dict.fromkeys(single[0].values, ""), ""), *assumptions[1:])

    def marked(parts: tuple[P, ...]) -> tuple[P, ...]:
        return tuple(replace(p, under=_under(maker, assumptions)) if maker.chance(0.8) else p for p in parts)

    def of(rule: Rule) -> Rule:
        if maker.chance(0.4):
            return rule
        effects, failure = marked(rule.effects), marked(rule.on_failure)
        return replace(rule, guards=marked(rule.guards), effects=effects, on_failure=failure)

    return replace(model, rules=tuple(map(of, model.rules)), assumptions=assumptions)


def _under(maker: Maker, assumptions: tuple[Assumption, ...]) -> tuple[Reading, ...]:
    chosen = maker.random.sample(assumptions, min(len(assumptions), maker.one((1, 1, 2))))
    return tuple(Reading(a.name, tuple(maker.random.sample(list(a.values), len(a.values) - 1))) for a in chosen)


def combinations(model: Model) -> Iterator[dict[str, str]]:
    """Every combination of values of the assumptions."""
    for values in product(*(a.values for a in model.assumptions)):
        yield {a.name: value for a, value in zip(model.assumptions, values, strict=True)}


def answer(naive: Naive, state: State, request: Request) -> tuple[object, ...]:
    """Everything that a caller sees of a request, and the state afterwards."""
    taken = naive.taken(state, request)
    return taken.outcome, taken.because, taken.guard.shows_as if taken.guard else None, taken.after


def differing(old: Model, new: Model, scope: Scope) -> set[str]:
    """The actions that behave differently in two settled models, in a state that either of them reaches."""
    one, other = Naive(old, scope), Naive(new, scope)
    return {
        request.action
        for states in (one.search().states, other.search().states)
        for state in states
        for request in one.requests
        if answer(one, state, request) != answer(other, state, request)
    }
