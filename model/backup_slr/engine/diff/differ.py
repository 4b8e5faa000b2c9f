"""Two models compared by what they answer: for each action that differs, a shortest way to see it.

Where both models have answered alike so far they are in the same state. So the search goes breadth first through the
states that both reach by answers they share, and asks in each whether an action is answered differently. What differs
only where just one of the two ever gets is looked for among the states of that one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal as Exactly

from backup_slr.engine.check.exploration import NO_HURRY, Explored, Limits, Space
from backup_slr.engine.check.transitions import Move
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.step import Machine
from backup_slr.engine.core.trace import Trace, replay
from backup_slr.engine.diff.compare import Difference, agreements, differences, first_difference


@dataclass(frozen=True)
class ActionDiffers:
    """An action that two models answer differently, or that only one of them has.

    The traces are the same requests, played on both; the last of them is answered differently. `reached` says who gets
    there: both by the same answers, or only the old or the new model.
    """

    action: str
    reached: Exactly["both", "old", "new"]
    old: Trace | None
    new: Trace | None


@dataclass(frozen=True)
class Comparison:
    """What a comparison found, in which scope, and whether it looked at everything there."""

    old: Model
    new: Model
    scope: Scope
    differing: tuple[ActionDiffers, ...]
    changed: tuple[str, ...]
    """Actions whose rules are not the same text, whether or not that makes any difference."""
    explored: Explored

    @property
    def verdict(self) -> Exactly["equivalent", "different", "inconclusive"]:
        """Of all actions together."""
        if self.differing:
            return "different"
        return "equivalent" if self.explored.complete else "inconclusive"


def compare(
    old: Model,
    new: Model,
    scope: Scope,
    limits: Limits = NO_HURRY,
    progress: Callable[[Explored, int], None] | None = None,
) -> Comparison:
    """Compare two models whose assumptions are settled and whose states are made of the same variables.

    Raises
    ------
    ValueError
        When their states are not made of the same variables.
    """
    if (old.sorts, old.state) != (new.sorts, new.state):
        raise ValueError("two models can be compared step by step only if they have the same sorts and variables")
    rules = {rule.action: rule for rule in old.rules}
    twins = {rule.action: rule for rule in new.rules}
    changed = tuple(action for action in {**rules, **twins} if rules.get(action) != twins.get(action))
    both = [action for action in changed if action in rules and action in twins]
    spaces = {"old": Space(old, scope), "new": Space(new, scope)}
    found = {action: _differences(spaces, action) for action in both}
    shared = Space(replace(old, rules=tuple(r for r in old.rules if r.action not in changed), properties=()), scope)
    explored = spaces["old"].explore(limits, progress=progress)
    seen: dict[str, ActionDiffers] = {}
    for action in changed:
        if action not in both:
            seen[action] = ActionDiffers(action, "old" if action in rules else "new", None, None)
    if any(found.values()):
        _look(seen, "both", shared_states(spaces, shared, found, scope, limits), found, old, new, scope)
        _look(seen, "old", (spaces["old"], explored), found, old, new, scope)
        if any(action not in seen for action in found):
            _look(seen, "new", (spaces["new"], spaces["new"].explore(limits)), found, old, new, scope)
    ordered = tuple(seen[action] for action in changed if action in seen)
    return Comparison(old, new, scope, ordered, changed, explored)


def _differences(spaces: dict[str, Space], action: str) -> list[Difference]:
    one, other = ([move for move in spaces[side].moves if move.ending.action == action] for side in ("old", "new"))
    return list(differences(one, other))


def shared_states(
    spaces: dict[str, Space], shared: Space, found: dict[str, list[Difference]], scope: Scope, limits: Limits
) -> tuple[Space, Explored]:
    """The states that both models reach by answering alike: the space of the moves that both make, explored.

    A move of a changed action is shared where the other model makes one that shows and writes the same.
    """
    moves: list[Move] = list(shared.moves)
    for action in found:
        one, other = ([move for move in spaces[side].moves if move.ending.action == action] for side in ("old", "new"))
        moves += agreements(one, other)
    object.__setattr__(shared, "moves", tuple(moves))
    return shared, shared.explore(limits)


def _look(
    seen: dict[str, ActionDiffers],
    reached: Exactly["both", "old", "new"],
    where: tuple[Space, Explored],
    found: dict[str, list[Difference]],
    old: Model,
    new: Model,
    scope: Scope,
) -> None:
    """Look for each action that nothing is known of yet in states where a model gets."""
    space, explored = where
    for action, among in found.items():
        if action in seen or not among:
            continue
        first = first_difference(space, among, explored.states)
        if first is None:
            continue
        number, difference = first
        way = [space.moves[m].request for m in space.way_to(explored, number)]
        asked = [*way, difference.request]
        one, other = (replay(Machine(model, scope), asked) for model in (old, new))
        seen[action] = ActionDiffers(action, reached, one, other)
