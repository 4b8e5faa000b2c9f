"""Schedules as text, for command lines: ``0: start_job us-east-1/Default; 2: collides=true``."""

from __future__ import annotations

from typing import Any

from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Enum
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import BadInput, quoted, unknown
from backup_slr.report.names import place_path
from backup_slr.script_check.account_graph import THROTTLING, EnvironmentEvent, Schedule

OF_CALLS = ("lag", *THROTTLING)


def schedule_text(schedule: Schedule) -> str:
    """A schedule as text.

    >>> start = EnvironmentEvent("act", "start_job", ("us-east-1", "Default"))
    >>> schedule_text(((0, start), (2, EnvironmentEvent("lag"))))
    '0: start_job us-east-1/Default; 2: lag'
    """
    return "; ".join(f"{at}: {event}" for at, event in schedule)


def read_schedule(text: str, lifecycle: Lifecycle) -> Schedule:
    """The schedule that a text describes.

    Raises
    ------
    BadInput
        When it is not a schedule, or names something that the rules do not have.
    """
    return tuple(_event(part.strip(), lifecycle) for part in text.split(";") if part.strip())


def _event(text: str, lifecycle: Lifecycle) -> tuple[int, EnvironmentEvent]:
    at, colon, rest = text.partition(":")
    words = rest.split()
    if not colon or not at.strip().isdigit() or not words:
        raise BadInput(f"{quoted(text)} is not an event: write CALL: EVENT, as in '2: collides=true'")
    if words[0] in OF_CALLS and len(words) == 1:
        return int(at), EnvironmentEvent(words[0])
    rules = {rule.action: rule for rule in lifecycle.model.rules}
    if "=" in words[0]:
        inputs = tuple(_input(word, list(rules.values())) for word in words)
        return int(at), EnvironmentEvent("choose", inputs=inputs)
    if words[0] not in rules:
        raise BadInput(unknown("action", words[0], rules))
    rule = rules[words[0]]
    depth = len(rule.place)
    place = words[1] if depth and len(words) > 1 else ""
    path = place_path(place, depth)
    if len(path) != depth:
        form = "/".join(sort.name.upper() for sort in lifecycle.sorts[:depth])
        raise BadInput(f"{rule.action} needs a place {form}, in {quoted(text)}")
    inputs = tuple(sorted(_input(word, [rule]) for word in words[1 + bool(depth) :]))
    return int(at), EnvironmentEvent("act", rule.action, path, inputs)


def _input(word: str, rules: list[Rule]) -> tuple[str, Any]:
    name, _, value = word.partition("=")
    variables = {variable.name: variable for rule in rules for variable in rule.inputs}
    if name not in variables:
        raise BadInput(unknown("input", name, variables))
    variable = variables[name]
    values = {one: one for one in variable.values} if isinstance(variable, Enum) else {"false": False, "true": True}
    if value not in values:
        raise BadInput(unknown(f"value of {name}", value, values))
    return name, values[value]
