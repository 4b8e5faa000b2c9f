"""Compare two models at a scope, and find for each action that differs a shortest trace that shows it.

A *response* is everything that a caller can observe: the outcome, the refusal and its error code, and the state
afterwards. Two transitions of one request differ where both are enabled and either show something else or write
something else. So the difference is a formula about the state before, and no step has to be tried.

As long as both models behave alike they are in the same state. The search is breadth-first over the states that both
reach by common transitions, and looks in each for actions that differ. Differences that only one of the models can
reach are searched among its own states.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal as Exactly

from backup_slr.engine.check.exploration import DEFAULT_LIMITS, Explored, Limits, Progress, Space
from backup_slr.engine.check.queries import Queries
from backup_slr.engine.check.transitions import Transition, is_now
from backup_slr.engine.compile.simplify import conj, disj, negate
from backup_slr.engine.core.formula import FALSE, TRUE, Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.trace import Trace, replay
from backup_slr.engine.core.variable import Count, Variable


@dataclass(frozen=True)
class TransitionDiff:
    """A request that behaves differently in two models.

    `where` are the states in which it does, and `outcomes` are the two outcomes there.
    """

    request: Request
    where: Formula
    leads_elsewhere: bool
    outcomes: tuple[str, str]

    @property
    def changes_more_than_the_reason(self) -> bool:
        """Whether the request is neither refused in both models nor fails in both."""
        one, other = self.outcomes
        return one != other or one == "done"


def diff_transitions(one: Iterable[Transition], other: Iterable[Transition]) -> Iterator[TransitionDiff]:
    """Where two sets of transitions, of the same actions at the same scope, respond differently."""
    for transition, twin, inputs in _pairs(one, other):
        both = conj((transition.condition, twin.condition))
        if both == FALSE:
            continue
        elsewhere = _written_otherwise(transition.ending.writes, twin.ending.writes)
        where = both if _shown(transition) != _shown(twin) else conj((both, elsewhere))
        if where != FALSE:
            request = Request(transition.ending.action, transition.ending.place, inputs)
            outcomes = transition.label[1], twin.label[1]
            yield TransitionDiff(request, where, conj((both, elsewhere)) != FALSE, outcomes)


def common_transitions(one: Iterable[Transition], other: Iterable[Transition]) -> Iterator[Transition]:
    """Transitions that both sets have: the same request, response and writes, where both are enabled."""
    for transition, twin, inputs in _pairs(one, other):
        if _shown(transition) == _shown(twin):
            elsewhere = _written_otherwise(transition.ending.writes, twin.ending.writes)
            where = conj((transition.condition, twin.condition, negate(elsewhere)))
            if where != FALSE:
                yield replace(transition, condition=where, inputs=(inputs,))


def changes(transition: Transition) -> Formula:
    """Where a transition leads to another state than the one it starts from."""
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
    """Inputs with which both transitions happen; a rule may lack an input that the other one reads."""
    for inputs in one:
        for twins in other:
            if all(twins.get(name, value) == value for name, value in inputs.items()):
                return {**twins, **inputs}
    return None


def _shown(transition: Transition) -> tuple[str, str | None, str | None]:
    _, outcome, because = transition.label
    return outcome, because, transition.guard.shows_as if transition.guard else None


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


@dataclass(frozen=True)
class ActionDiff:
    """An action that behaves differently in two models, or that only one of them has.

    The traces have the same requests in both models; the outcomes of the last one differ. `reached` names the model
    that reaches that state: both with the same outcomes, or only the old or the new one. A model that lacks the action,
    or one that leads to that state, has no trace. `others` are the first differences with other pairs of outcomes, but
    for those that change only the reason: an action that is refused for another reason may also be done elsewhere.
    """

    action: str
    reached: Exactly["both", "old", "new"]
    old: Trace | None
    new: Trace | None
    others: tuple[ActionDiff, ...] = ()


@dataclass(frozen=True)
class ModelDiff:
    """The differences of two models at a scope."""

    old: Model
    new: Model
    scope: Scope
    differing: tuple[ActionDiff, ...]
    explored: Explored


def diff_models(
    old: Model, new: Model, scope: Scope, limits: Limits = DEFAULT_LIMITS, progress: Progress | None = None
) -> ModelDiff:
    """Compare two models whose assumptions are settled and whose states are made of the same variables."""
    if (old.sorts, old.state) != (new.sorts, new.state):
        raise ValueError("two models can be compared step by step only if they have the same sorts and variables")
    rules, twins = ({rule.action: rule for rule in model.rules} for model in (old, new))
    changed = tuple(action for action in {**rules, **twins} if rules.get(action) != twins.get(action))
    spaces = Space(old, scope), Space(new, scope)
    one, other = (
        {action: [t for t in space.transitions if t.ending.action == action] for action in changed} for space in spaces
    )
    both = [action for action in changed if action in rules and action in twins]
    sought = {action: list(diff_transitions(one[action], other[action])) for action in both}
    explored = spaces[0].explore(limits, progress=progress)
    alone = (action for action in changed if action not in both)
    found = {action: ActionDiff(action, "old" if action in rules else "new", None, None) for action in alone}
    if any(sought.values()):
        common = [t for t in spaces[0].transitions if t.ending.action not in changed]
        common += [t for action in both for t in common_transitions(one[action], other[action])]
        shared = spaces[0].replacing(old, common)
        _search(found, "both", shared, shared.explore(limits), sought, (old, new))
        _search(found, "old", spaces[0], explored, sought, (old, new))
        if any(action not in found for action in sought):
            _search(found, "new", spaces[1], spaces[1].explore(limits), sought, (old, new))
    ordered = tuple(found[action] for action in changed if action in found)
    return ModelDiff(old, new, scope, ordered, explored)


def _search(
    found: dict[str, ActionDiff],
    reached: Exactly["both", "old", "new"],
    space: Space,
    explored: Explored,
    sought: dict[str, list[TransitionDiff]],
    models: tuple[Model, Model],
) -> None:
    """Add each action that differs in some of these states and is not yet known."""

    def first(action: str, diffs: Sequence[TransitionDiff]) -> tuple[ActionDiff, tuple[str, str]] | None:
        nearest = first_difference(space, diffs, explored.states) if diffs else None
        if nearest is None:
            return None
        number, difference = nearest
        requests = [*Queries(space, explored).path(number)[0], difference.request]
        one, other = (_replayed(Machine(model, space.scope), requests) for model in models)
        return ActionDiff(action, reached, one, other), difference.outcomes

    for action, diffs in sought.items():
        if action in found or (nearest := first(action, diffs)) is None:
            continue
        shown, outcomes = nearest
        kinds = dict.fromkeys(d.outcomes for d in diffs if d.outcomes != outcomes and d.changes_more_than_the_reason)
        more = (first(action, [d for d in diffs if d.outcomes == kind]) for kind in kinds)
        found[action] = replace(shown, others=tuple(one[0] for one in more if one is not None))


def _replayed(machine: Machine, requests: Sequence[Request]) -> Trace | None:
    known = {rule.action for rule in machine.model.rules}
    return replay(machine, requests) if known.issuperset(request.action for request in requests) else None
