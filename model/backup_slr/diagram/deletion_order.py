"""The order of the actions that reach the goal of a lifecycle: derived from the guards, backward from the goal.

A condition of a guard that a full account does not satisfy must be established by another action first. This gives a
partial order.
"""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import TopologicalSorter

from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.variable import Count, Enum, Flag, Variable
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.unblock import helps, leaves

FULL = 1
"""In a full account flags are on, counts are not zero, and enumerations have their second value."""


def deletion_order(lifecycle: Lifecycle) -> list[Rule]:
    """The actions that are needed, each after those that it needs."""
    goal, rules = lifecycle.goal, lifecycle.model.rules
    todo = [rule for rule in rules if _brings(rule, goal.variable, goal.variable.values.index(goal.gone), True)]
    before: dict[str, set[str]] = {}
    seen: set[str] = set()
    while todo:
        rule = todo.pop()
        before.setdefault(rule.action, set())
        if rule.action in seen:
            continue
        seen.add(rule.action)
        needed = [other for _, other in needs(lifecycle, rule) if other.by == "person"]
        requested = [other for other in starters(lifecycle, rule) if other.by == "person"]
        for other in needed:
            before[rule.action].add(other.action)
            # No request can help the service while it works: all other actions precede the request that starts it.
            for first in requested:
                if first != other:
                    before.setdefault(first.action, set()).add(other.action)
            todo.append(other)
    # Among the actions without predecessors, the first in the rules.
    position = {rule.action: n for n, rule in enumerate(rules)}
    sorter = TopologicalSorter(before)
    sorter.prepare()
    found: list[Rule] = []
    ready: list[str] = []
    while sorter.is_active():
        ready = sorted((*ready, *sorter.get_ready()), key=position.__getitem__)
        found.append(lifecycle.model.rule(ready[0]))
        sorter.done(ready.pop(0))
    return found


def needs(lifecycle: Lifecycle, rule: Rule) -> Iterator[tuple[Guard, Rule]]:
    """The actions that establish conditions of guards that a full account does not satisfy."""
    for guard in rule.guards:
        for leaf in leaves(guard.condition):
            if len(leaf) == 3 and leaf[0].kind == "state" and not _so_when_full(lifecycle, *leaf):
                for other in lifecycle.model.rules:
                    if other.action != rule.action and _brings(other, *leaf):
                        yield guard, other


def starters(lifecycle: Lifecycle, rule: Rule) -> list[Rule]:
    """The actions that start an action of the service: those that establish a guard with a single condition."""
    found = [(other, list(leaves(guard.condition))) for guard, other in needs(lifecycle, rule) if rule.by == "service"]
    return [other for other, (first, *more) in found if isinstance(first[0], Enum) and not more]


def full(lifecycle: Lifecycle, variable: Variable) -> int:
    """The value of a variable in a full account."""
    goal = lifecycle.goal
    return goal.variable.values.index(goal.there) if variable.name == goal.variable.name else FULL


def _so_when_full(lifecycle: Lifecycle, variable: Variable, value: int, wanted: bool) -> bool:
    match variable:
        case Flag():
            return wanted
        case Enum():
            return (value == full(lifecycle, variable)) == wanted
        case Count():
            return not wanted


def _brings(rule: Rule, variable: Variable, value: int, wanted: bool) -> bool:
    return any(helps(e, variable, value, wanted) for e in (*rule.effects, *rule.on_failure))
