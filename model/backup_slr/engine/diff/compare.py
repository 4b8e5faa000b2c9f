"""Two readings of the same actions side by side: where their answers differ.

An *answer* is all that whoever asks can see: the outcome, the refusal and its error code, and the state afterwards. Two
moves of one request answer differently where both happen and the one shows something else, or writes something that
the other does not. So "where they differ" is a formula about the state before, and no step has to be tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from backup_slr.engine.check.exploration import Space
from backup_slr.engine.check.transitions import Move, is_now
from backup_slr.engine.compile.simplify import conj, disj, negate
from backup_slr.engine.core.formula import FALSE, TRUE, Formula
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import Count, Variable


@dataclass(frozen=True)
class Difference:
    """A request to which two models answer differently, where, and whether it leads to different states there."""

    request: Request
    where: Formula
    leads_elsewhere: bool


def differences(one: Iterable[Move], other: Iterable[Move]) -> Iterator[Difference]:
    """Where two sets of moves, of the same actions at the same scope, answer differently."""
    by_request: dict[tuple[str, tuple[int, ...]], list[Move]] = {}
    for move in other:
        by_request.setdefault((move.ending.action, move.ending.place), []).append(move)
    for move in one:
        for twin in by_request.get((move.ending.action, move.ending.place), ()):
            inputs = _shared(move.inputs, twin.inputs)
            if inputs is None:
                continue
            both = conj((move.condition, twin.condition))
            if both == FALSE:
                continue
            elsewhere = _written_otherwise(move.ending.writes, twin.ending.writes)
            where = both if shown(move) != shown(twin) else conj((both, elsewhere))
            if where != FALSE:
                request = Request(move.ending.action, move.ending.place, inputs)
                yield Difference(request, where, conj((both, elsewhere)) != FALSE)


def shown(move: Move) -> tuple[str, str | None, str | None]:
    """What a caller sees of the end of a move: outcome, refusal, error code."""
    _, outcome, because = move.way
    return outcome, because, move.guard.shows_as if move.guard else None


def changes(move: Move) -> Formula:
    """Where a move leads to another state than the one it starts from."""
    return disj(_writes(variable, value) for variable, value in move.ending.writes.items())


def first_difference(space: Space, found: Sequence[Difference], states: Sequence[int]) -> tuple[int, Difference] | None:
    """The number of the first state where an answer differs, and the difference."""
    number = space.first(disj(d.where for d in found), states)
    if number is None:
        return None
    word = [states[number]]
    return number, next(d for d in found if space.first(d.where, word) == 0)


def _shared(one: Sequence[Mapping[str, int]], other: Sequence[Mapping[str, int]]) -> Mapping[str, int] | None:
    """Inputs with which both moves happen; a rule may lack an input that the other one reads."""
    for inputs in one:
        for twins in other:
            if all(twins.get(name, value) == value for name, value in inputs.items()):
                return {**twins, **inputs}
    return None


def _written_otherwise(one: Mapping[Variable, int], other: Mapping[Variable, int]) -> Formula:
    """Where two sets of writes lead to different states."""
    parts: list[Formula] = []
    for variable in dict.fromkeys((*one, *other)):
        if variable in one and variable in other:
            parts.append(FALSE if one[variable] == other[variable] else TRUE)
        else:
            parts.append(_writes(variable, one[variable] if variable in one else other[variable]))
    return disj(parts)


def _writes(variable: Variable, value: int) -> Formula:
    """Where writing this changes anything; a count always changes, since its effect happens only within its range."""
    return TRUE if isinstance(variable, Count) else negate(is_now(variable, value))


def agreements(one: Iterable[Move], other: Iterable[Move]) -> Iterator[Move]:
    """Moves that both sets make: the same request, shown and written alike, where both happen."""
    by_request: dict[tuple[str, tuple[int, ...]], list[Move]] = {}
    for move in other:
        by_request.setdefault((move.ending.action, move.ending.place), []).append(move)
    for move in one:
        for twin in by_request.get((move.ending.action, move.ending.place), ()):
            inputs = _shared(move.inputs, twin.inputs)
            if inputs is None or shown(move) != shown(twin):
                continue
            elsewhere = _written_otherwise(move.ending.writes, twin.ending.writes)
            where = conj((move.condition, twin.condition, negate(elsewhere)))
            if where != FALSE:
                yield replace(move, condition=where, inputs=(inputs,))
