"""What a plan stops before anything else, and the work whose end it waits for."""

from __future__ import annotations

from backup_slr.engine.core.formula import TRUE
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Effect, Enum, Flag
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.unblock import leaves, takes_away


def running_work(lifecycle: Lifecycle) -> list[tuple[Rule, str]]:
    """The actions that end running work, each with the variable that says that it is running."""
    if lifecycle.environment is None:
        return []
    process = lifecycle.environment.process
    ends = [(rule, e) for rule in ends_of_work(lifecycle) for e in rule.effects if e.when == TRUE and takes_away(e)]
    return [
        (lifecycle.model.rule(process.finish), process.running.name),
        *((rule, effect.variable.name) for rule, effect in ends),
    ]


def ends_of_work(lifecycle: Lifecycle) -> list[Rule]:
    """The actions of the service, beyond those of the environment itself, that end what has begun, and soon."""
    if lifecycle.environment is None:
        return []
    timed = {action for action, minutes in lifecycle.environment.added.clocks.items() if minutes}
    return [rule for rule in lifecycle.model.rules if rule.action in timed - lifecycle.only_time]


def begins_of_work(lifecycle: Lifecycle) -> list[Rule]:
    """The actions of the service, beyond those of the environment itself, that others cause at no usual time."""
    if lifecycle.environment is None:
        return []
    never = {action for action, minutes in lifecycle.environment.added.clocks.items() if minutes is None}
    return [rule for rule in lifecycle.model.rules if rule.action in never - lifecycle.only_time]


def stoppable(lifecycle: Lifecycle) -> list[tuple[str, tuple[str, bool]]]:
    """Actions, and the flags that let them start work or were turned on together with the role, with the bad value.

    What the plan deletes anyway is none of them.
    """
    goal, model = lifecycle.goal, lifecycle.model
    rules = model.rules
    there = goal.number("there")
    content = {e.variable.name for rule in rules if rule.by == "person" for e in rule.effects if takes_away(e)}
    content &= {
        leaf[0].name
        for rule in rules
        if any(e.variable == goal.variable and e.value != there for e in rule.effects)
        for guard in rule.guards
        for leaf in leaves(guard.condition)
        if len(leaf) == 3
    }
    found: dict[tuple[str, tuple[str, bool]], None] = {}
    for rule in rules:
        flags: set[tuple[str, bool]] = set()
        if any(e.variable == goal.variable and e.value == there for e in rule.effects):
            flags |= {(e.variable.name, True) for e in rule.effects if isinstance(e.variable, Flag) and e.value}
        if rule.by == "service" and any(map(_brings_work, rule.effects)):
            own = {e.variable.name for e in rule.effects}  # that it is so already is no way to stop an action
            for guard in rule.guards:
                read = (one for one in leaves(guard.condition) if len(one) == 3 and isinstance(one[0], Flag))
                flags |= {(one[0].name, one[2]) for one in read if one[0].name not in own}
        for name, on in sorted(flags):
            turned = any(
                e.variable.name == name and bool(e.value) != on
                for other in rules
                if other.by == "person"
                for e in other.effects
            )
            kind = next((v.kind for v in model.state if v.name == name), "")
            if turned and kind == "state" and name not in content:
                found[rule.action, (name, on)] = None
    return list(found)


def _brings_work(effect: Effect) -> bool:
    """Whether an effect adds something, rather than taking it away."""
    return not isinstance(effect.variable, Enum) and effect.value > 0
