"""The active parts of a rule in a step: the effects that happened, and the places that blocked it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core import formula as f
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.trace import Change
from backup_slr.engine.core.variable import AtMost, Count, Effect, Enum, Flag, HasRoom, Is, Variable, usual


def happened(effect: Effect, rule: Rule, request: Request, changed: Sequence[Change]) -> bool:
    """Return whether this effect explains some change, given the request and the changes."""
    # Parameters of the effect hide those of the rule with the same name.
    place = {p: n for p, n in zip(rule.place, request.place, strict=True) if p not in effect.each}
    before = {c.variable.name: c.before for c in changed if not c.place}
    needed = effect.when.parts if isinstance(effect.when, f.And) else (effect.when,)
    ruled_out = any(_value(part, place, request, before) is False for part in needed)
    return not ruled_out and any(_made(effect, place, change) for change in changed)


def _made(effect: Effect, place: Mapping[f.Param, int], change: Change) -> bool:
    if change.variable.name != effect.variable.name:
        return False
    for index, number in zip(effect.variable.at, change.place, strict=True):
        wanted = (
            index.index if isinstance(index, f.Element) else place.get(index) if index not in effect.each else number
        )
        if wanted != number:
            return False
    relative = change.before if isinstance(effect.variable, Count) else 0
    return change.after == relative + effect.value


def _value(leaf: f.Formula, place: Mapping[f.Param, int], request: Request, before: Mapping[str, int]) -> bool | None:
    """The value of a leaf, or of its negation, before the step; None if it is unknown."""
    match leaf:
        case f.Not(body):
            known = _value(body, place, request, before)
            return None if known is None else not known
        case f.Same(param, element) if param in place:
            return place[param] == element.index
        case Flag(kind="parameter" | "choice"):
            return bool(request.inputs.get(leaf.name, usual(leaf)))
        case Is(Enum(kind="parameter") as variable, value):
            return request.inputs.get(variable.name, usual(variable)) == value
        case Is(variable, value) if variable.name in before:
            return before[variable.name] == value
        case _:
            return None


@dataclass(frozen=True)
class Blocker:
    """A place, or the account itself, with the variables there that make guards fail."""

    place: tuple[int, ...]
    what: tuple[str, ...]


def in_the_way(layout: Layout, rule: Rule, guard: Guard, request: Request, before: State) -> tuple[Blocker, ...]:
    """Everything that must change before a failed or refused request succeeds.

    This includes the blockers of later guards, so that no retry finds another one, but not what the action itself
    changes. A guard that is neither about all places nor a failure is about the request alone and has no blockers.
    """
    if not guard.fails and not speaks_of_all(guard):
        return ()
    found: dict[tuple[int, ...], dict[str, None]] = {}
    for later in rule.guards[rule.guards.index(guard) :]:
        for name, place in to_blame(layout, rule, later, request, before):
            found.setdefault(place, {})[name] = None
    return tuple(Blocker(place, tuple(found[place])) for place in sorted(found))


def also(layout: Layout, rule: Rule, guard: Guard, request: Request, before: State) -> tuple[Guard, ...]:
    """The later guards with other refusals that do not hold either: they would stop the request without this one.

    The last of these is the first one about something that does not exist: what is required of that means nothing.
    """
    here = Situation(layout, before, f.elements_at(rule.place, request.place), request.inputs)
    found = {guard.otherwise.id: guard}
    for later in rule.guards[rule.guards.index(guard) + 1 :]:
        if any(one.otherwise.absent for one in found.values()):
            break
        if not holds(later.condition, here):
            found.setdefault(later.otherwise.id, later)
    return tuple(found.values())[1:]


def to_blame(
    layout: Layout, rule: Rule, guard: Guard, request: Request, before: State
) -> list[tuple[str, tuple[int, ...]]]:
    """The names of the state variables that make a guard fail, each with its place; none if the guard holds.

    Variables that the action itself changes are omitted.
    """
    own = {effect.variable.name for effect in (*rule.effects, *rule.on_failure)}
    here = Situation(layout, before, f.elements_at(rule.place, request.place), request.inputs)
    found = _to_blame(guard.condition, here, True)
    return [(variable.name, place) for variable, place in found if variable.name not in own]


def _to_blame(formula: f.Formula, here: Situation, wanted: bool) -> Iterator[tuple[Variable, tuple[int, ...]]]:
    """The state variables, each with its place, that keep a formula from the wanted value.

    If changing one of several variables is enough, all of them are returned.
    """
    if holds(formula, here) == wanted:
        return
    match formula:
        case Flag() | Is() | AtMost() | HasRoom():
            variable = formula if isinstance(formula, Flag) else formula.variable
            if variable.kind == "state":
                yield variable, tuple(map(here.index, variable.at))
        case f.Every(over, body) | f.Some(over, body):
            for place in here.layout.scope.places(over):
                yield from _to_blame(body, here.at(place), wanted)
        case _:
            for child, helpful in f.signed_children(formula, wanted):
                yield from _to_blame(child, here, helpful)


def speaks_of_all(guard: Guard) -> bool:
    """Return whether the guard is about all places at once, so that any of them may block the request."""
    return _about_all(guard.condition, True)


def _about_all(formula: f.Formula, wanted: bool) -> bool:
    if isinstance(formula, f.Every | f.Some):
        return isinstance(formula, f.Every) == wanted
    return any(_about_all(child, helpful) for child, helpful in f.signed_children(formula, wanted))
