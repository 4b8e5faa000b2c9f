"""Compare two models at a scope, and find for each action that differs a shortest trace that shows it.

As long as both models behave alike they are in the same state. The search is breadth-first over the states that both
reach by common transitions, and looks in each for actions that differ. Differences that only one of the models can
reach are searched among its own states.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as Exactly

from backup_slr.engine.check.exploration import DEFAULT_LIMITS, Explored, Limits, Progress, Space
from backup_slr.engine.check.queries import Queries
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.step import Machine
from backup_slr.engine.core.trace import Trace, replay
from backup_slr.engine.diff.transition_diff import (
    TransitionDiff,
    common_transitions,
    diff_transitions,
    first_difference,
)


@dataclass(frozen=True)
class ActionDiff:
    """An action that behaves differently in two models, or that only one of them has.

    The traces are the same requests in both models; the outcomes of the last one differ. `reached` is the model that
    gets there: both with the same outcomes, or only the old or the new one.
    """

    action: str
    reached: Exactly["both", "old", "new"]
    old: Trace | None
    new: Trace | None


@dataclass(frozen=True)
class ModelDiff:
    """The differences of two models at a scope; `changed` are the actions whose rules are not the same text."""

    old: Model
    new: Model
    scope: Scope
    differing: tuple[ActionDiff, ...]
    changed: tuple[str, ...]
    explored: Explored

    @property
    def verdict(self) -> Exactly["equivalent", "different", "inconclusive"]:
        """Of all actions together."""
        if self.differing:
            return "different"
        return "equivalent" if self.explored.complete else "inconclusive"


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
    return ModelDiff(old, new, scope, ordered, changed, explored)


def _search(
    found: dict[str, ActionDiff],
    reached: Exactly["both", "old", "new"],
    space: Space,
    explored: Explored,
    sought: dict[str, list[TransitionDiff]],
    models: tuple[Model, Model],
) -> None:
    """Add each action that differs in some of these states and was not found so far."""
    for action, diffs in sought.items():
        first = first_difference(space, diffs, explored.states) if action not in found and diffs else None
        if first is not None:
            number, difference = first
            requests = [*Queries(space, explored).path(number)[0], difference.request]
            one, other = (replay(Machine(model, space.scope), requests) for model in models)
            found[action] = ActionDiff(action, reached, one, other)
