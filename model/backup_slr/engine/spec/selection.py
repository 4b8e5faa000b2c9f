"""Selections by name: values of assumptions, and parts of rules to remove."""

from __future__ import annotations

from backup_slr.engine.core.model import Model, parts_of
from backup_slr.errors import BadInput, quoted, unknown


def check_value(model: Model, assumption: str, value: str) -> None:
    """Check a value of an assumption.

    Raises
    ------
    BadInput
        When there is no such assumption, or it has no such value; with the nearest that exists.
    """
    known = {a.name: a for a in model.assumptions}
    if assumption not in known:
        raise BadInput(unknown("assumption", assumption, known, show=20))
    if value not in known[assumption].values:
        raise BadInput(unknown(f"value of {assumption}:", value, known[assumption].values))


def part_of(model: Model, text: str) -> tuple[str, str]:
    """The action and the part of its rule that ``ACTION/PART`` names.

    Raises
    ------
    BadInput
        When there is no such action or part; with the nearest that exists.
    """
    rules = {rule.action: rule for rule in model.rules}
    action, sign, part = text.partition("/")
    if action not in rules:
        raise BadInput(unknown("action", action, rules, show=len(rules)))
    if not sign:
        raise BadInput(f"{quoted(text)}: expected ACTION/PART")
    parts = parts_of(rules[action])
    if part not in parts:
        raise BadInput(unknown(f"part of {action}:", part, parts))
    return action, part
