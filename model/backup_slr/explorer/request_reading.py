"""Reading the members of a request: each has the right type, or there is one message."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from backup_slr.api.ways import WayStep
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Enum, Flag
from backup_slr.errors import BadInput, quoted, unknown

MOST_STEPS = 10_000
"""The most requests of one walk."""


def request_in(text: str | bytes) -> dict[str, Any] | None:
    """The request that a JSON text is; None if it is no object."""
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def text_of(given: Mapping[str, Any], name: str) -> str:
    """A member that is a text.

    Raises
    ------
    BadInput
        When it is missing or something else.
    """
    value = given.get(name)
    if not isinstance(value, str):
        raise BadInput(f"{name} is a text, not {quoted(value)}")
    return value


def whole_of(given: Mapping[str, Any], name: str) -> int:
    """A member that is a whole number; raises as `text_of` does."""
    value = given.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadInput(f"{name} is a whole number, not {quoted(value)}")
    return value


def table_of(value: object, wrong: str) -> dict[str, Any]:
    """An object, as a dictionary of texts.

    Raises
    ------
    BadInput
        When it is something else, with this message.
    """
    if not isinstance(value, Mapping):
        raise BadInput(f"{wrong}, not {quoted(value)}")
    return {str(name): one for name, one in cast("Mapping[Any, Any]", value).items()}


def rules_of(given: object) -> dict[str, Any]:
    """The arguments of `load` in a request: ``assume``, ``without`` and ``extensions``.

    Raises
    ------
    BadInput
        When there are other members, or they have other types.
    """
    rules = table_of(given, "rules is an object with the members assume, without and extensions")
    forms: dict[str, Callable[[Any], bool]] = {"assume": _is_table, "without": _are_texts, "extensions": _are_texts}
    for name, value in rules.items():
        if name not in forms:
            raise BadInput(unknown("member of rules", name, forms, show=3))
        if not forms[name](value):
            raise BadInput(f"{name} is {'an object of texts' if name == 'assume' else 'a list of texts'}")
    return rules


def _is_table(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(one, str) for pair in cast("dict[Any, Any]", value).items() for one in pair
    )


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in cast("list[Any]", value))


def step_of(given: Mapping[str, Any]) -> WayStep:
    """A request to the account."""
    inputs: object = given.get("inputs") or {}
    known = table_of(inputs, "inputs is an object")
    return WayStep(
        str(given.get("action", "")),
        str(given.get("place", "")),
        {name: value if isinstance(value, bool) else str(value) for name, value in known.items()},
    )


def steps_of(given: Mapping[str, Any]) -> list[WayStep]:
    """Several of them.

    Raises
    ------
    BadInput
        When the member ``steps`` is something else, or too long.
    """
    wrong = "steps is a list of requests, each with action, place and inputs"
    steps: object = given.get("steps")
    if not isinstance(steps, list):
        raise BadInput(wrong)
    found = [step_of(table_of(step, wrong)) for step in cast("list[Any]", steps)[: MOST_STEPS + 1]]
    if len(found) > MOST_STEPS:
        raise BadInput(f"a walk has at most {MOST_STEPS} requests")
    return found


def values_of_input(variable: Flag | Enum) -> list[str] | list[bool]:
    """The values of an input."""
    return list(variable.values) if isinstance(variable, Enum) else [False, True]


def chosen_inputs(given: object, rules: Iterable[Rule]) -> dict[str, Any]:
    """Values of inputs, each of which some rule has.

    Raises
    ------
    BadInput
        When no rule has an input or its value.
    """
    known: dict[str, list[str | bool]] = {}
    for one in (one for rule in rules for one in rule.inputs):
        known.setdefault(one.name, []).extend(values_of_input(one))
    inputs = table_of(given, "inputs is an object")
    for name, value in inputs.items():
        if name not in known:
            raise BadInput(unknown("input", name, known))
        if not isinstance(value, str | bool) or value not in known[name]:
            raise BadInput(unknown(f"value of {name}", str(value), [str(one) for one in known[name]]))
    return inputs
