"""Which parts of a rule were at work in a step: the effects that happened, the places that stood in the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from backup_slr.core.formula import And, Element, Every, Formula, Not, Or, Param, Same, Some
from backup_slr.core.interpret import Situation, holds
from backup_slr.core.rule import Guard, Rule
from backup_slr.core.scope import Layout, State
from backup_slr.core.step import Request
from backup_slr.core.trace import Change
from backup_slr.core.variable import Count, Effect, Enum, Flag, Is, usual


def happened(effect: Effect, rule: Rule, request: Request, changed: Sequence[Change]) -> bool:
    """Some change is the work of this effect, as far as the request and the changes tell."""
    # What the effect binds hides what the rule calls so.
    place = {p: n for p, n in zip(rule.place, request.place, strict=True) if p not in effect.each}
    before = {c.variable.name: c.before for c in changed if not c.place}
    return any(_made(effect, place, change) for change in changed) and not any(
        _ruled_out(leaf, place, request, before) for leaf in _conjuncts(effect.when)
    )


def _made(effect: Effect, place: Mapping[Param, int], change: Change) -> bool:
    if change.variable.name != effect.variable.name:
        return False
    for index, number in zip(effect.variable.at, change.place, strict=True):
        wanted = index.index if isinstance(index, Element) else place.get(index) if index not in effect.each else number
        if wanted != number:
            return False
    relative = change.before if isinstance(effect.variable, Count) else 0
    return change.after == relative + effect.value


def _conjuncts(formula: Formula) -> Sequence[Formula]:
    return formula.parts if isinstance(formula, And) else (formula,)


def _ruled_out(leaf: Formula, place: Mapping[Param, int], request: Request, before: Mapping[str, int]) -> bool:
    """A part of an effect's condition is known to have been false."""
    match leaf:
        case Not(body):
            known = _value(body, place, request, before)
            return known is True
        case _:
            return _value(leaf, place, request, before) is False


def _value(leaf: Formula, place: Mapping[Param, int], request: Request, before: Mapping[str, int]) -> bool | None:
    """Whether a leaf held before the step; None where that is not known."""
    match leaf:
        case Same(param, element) if param in place:
            return place[param] == element.index
        case Flag(kind="parameter" | "choice"):
            return bool(request.inputs.get(leaf.name, usual(leaf)))
        case Is(Enum(kind="parameter") as variable, value):
            return request.inputs.get(variable.name, usual(variable)) == value
        case Is(variable, value) if variable.name in before:
            return before[variable.name] == value
        case _:
            return None


def in_the_way(layout: Layout, rule: Rule, guard: Guard, request: Request, before: State) -> list[tuple[int, ...]]:
    """The places for which a guard about all places did not hold; none for a guard of another kind.

    A guard may be about all vaults of the Region of the request: then that is the outer part of each place.
    """
    asked = {p: Element(p.sort, number) for p, number in zip(rule.place, request.place, strict=True)}
    here = Situation(layout, before, asked, request.inputs)
    found: dict[tuple[int, ...], None] = {}
    for over, body, wanted in _about_all(guard.condition):
        depth = 1 + max((layout.chain.index(p.sort) for p in over if p.sort in layout.chain), default=-1)
        for place in layout.scope.places(over):
            where = {p.sort: element.index for p, element in (*asked.items(), *place.items())}
            named = tuple(where[sort] for sort in layout.chain[:depth] if sort in where)
            if len(named) == depth and holds(body, here.at(place)) != wanted:
                found[named] = None
    return list(found)


def speaks_of_all(guard: Guard) -> bool:
    """The guard is about all places, so that some may be in the way."""
    return any(True for _ in _about_all(guard.condition))


def _about_all(formula: Formula) -> Iterator[tuple[tuple[Param, ...], Formula, bool]]:
    match formula:
        case Every(over, body):
            yield over, body, True
        case Not(Some(over, body)):
            yield over, body, False
        case Or(parts):
            for part in parts:
                yield from _about_all(part)
        case _:
            pass
