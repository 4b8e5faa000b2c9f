"""Compare the transitions of two models for the same requests: the conditions under which their responses differ.

A *response* is everything that a caller can observe: the outcome, the refusal and its error code, and the state
afterwards. Two transitions of one request differ where both are enabled and show or write different things. So the
difference is a formula about the state before the step, and no step has to be executed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from backup_slr.engine.check.exploration import Space
from backup_slr.engine.check.transitions import Transition, is_now
from backup_slr.engine.compile.simplify import conj, disj, negate
from backup_slr.engine.core.formula import FALSE, TRUE, Formula
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import Count, Variable


@dataclass(frozen=True)
class TransitionDiff:
    """A request that behaves differently in two models, in which states, and whether the next states differ."""

    request: Request
    where: Formula
    leads_elsewhere: bool


def diff_transitions(one: Iterable[Transition], other: Iterable[Transition]) -> Iterator[TransitionDiff]:
    """The differences between the responses of two sets of transitions of the same actions at the same scope."""
    for transition, twin, inputs in _pairs(one, other):
        both = conj((transition.condition, twin.condition))
        if both == FALSE:
            continue
        elsewhere = _written_otherwise(transition.ending.writes, twin.ending.writes)
        where = both if _shown(transition) != _shown(twin) else conj((both, elsewhere))
        if where != FALSE:
            request = Request(transition.ending.action, transition.ending.place, inputs)
            yield TransitionDiff(request, where, conj((both, elsewhere)) != FALSE)


def common_transitions(one: Iterable[Transition], other: Iterable[Transition]) -> Iterator[Transition]:
    """Transitions that both sets have: the same request, response and writes, where both are enabled."""
    for transition, twin, inputs in _pairs(one, other):
        if _shown(transition) == _shown(twin):
            elsewhere = _written_otherwise(transition.ending.writes, twin.ending.writes)
            where = conj((transition.condition, twin.condition, negate(elsewhere)))
            if where != FALSE:
                yield replace(transition, condition=where, inputs=(inputs,))


def changes(transition: Transition) -> Formula:
    """The condition under which a transition changes the state."""
    return disj(_writes(variable, value) for variable, value in transition.ending.writes.items())


def first_difference(
    space: Space, found: Sequence[TransitionDiff], states: Sequence[int]
) -> tuple[int, TransitionDiff] | None:
    """The number of the first state where a response differs, and the difference."""
    number = space.first(disj(d.where for d in found), states)
    if number is None:
        return None
    word = [states[number]]
    return number, next(d for d in found if space.first(d.where, word) == 0)


def _pairs(
    one: Iterable[Transition], other: Iterable[Transition]
) -> Iterator[tuple[Transition, Transition, Mapping[str, int]]]:
    """The pairs of transitions of two sets that have an action, a place and inputs in common."""
    by_request: dict[tuple[str, tuple[int, ...]], list[Transition]] = {}
    for transition in other:
        by_request.setdefault((transition.ending.action, transition.ending.place), []).append(transition)
    for transition in one:
        for twin in by_request.get((transition.ending.action, transition.ending.place), ()):
            inputs = _common_inputs(transition.inputs, twin.inputs)
            if inputs is not None:
                yield transition, twin, inputs


def _common_inputs(one: Sequence[Mapping[str, int]], other: Sequence[Mapping[str, int]]) -> Mapping[str, int] | None:
    """Inputs with which both transitions happen; one rule may not read an input that the other one reads."""
    for inputs in one:
        for twins in other:
            if all(twins.get(name, value) == value for name, value in inputs.items()):
                return {**twins, **inputs}
    return None


def _shown(transition: Transition) -> tuple[str, str | None, str | None]:
    """Return the visible result of a transition: outcome, refusal, error code."""
    _, outcome, because = transition.label
    return outcome, because, transition.guard.shows_as if transition.guard else None


def _written_otherwise(one: Mapping[Variable, int], other: Mapping[Variable, int]) -> Formula:
    """The condition under which two sets of writes lead to different states."""
    parts: list[Formula] = []
    for variable in dict.fromkeys((*one, *other)):
        if variable in one and variable in other:
            parts.append(FALSE if one[variable] == other[variable] else TRUE)
        else:
            parts.append(_writes(variable, one[variable] if variable in one else other[variable]))
    return disj(parts)


def _writes(variable: Variable, value: int) -> Formula:
    """The condition under which a write changes anything; a count always changes, since it stays in its range."""
    return TRUE if isinstance(variable, Count) else negate(is_now(variable, value))
