"""API operations in place of actions, in the options of every command.

Each becomes the name of its action; any other name is unchanged, and the command validates it.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from backup_slr.cli.parameters import UsageError
from backup_slr.engine.core.model import Model, parts_of
from backup_slr.engine.spec.selection import rules_matching
from backup_slr.errors import quoted

T = TypeVar("T")


def resolved(options: T) -> T:
    """Replace API operations in the options of a command, by the kinds of its parameters.

    Raises `UsageError` when one action is needed, and the operation belongs to several.
    """
    wanted = {
        (each.name, each.metadata["parameter"].kind): value
        for each in fields(options)  # type: ignore[arg-type]
        if "parameter" in each.metadata and each.metadata["parameter"].kind and (value := getattr(options, each.name))
    }
    changed: dict[str, Any] = {}
    for (name, kind), value in wanted.items():
        if kind == "part":
            model = _model(options)
            changed[name] = tuple(part for word in value for part in _parts(model, word))
        elif kind == "action":
            model = _model(options)
            changed[name] = tuple(dict.fromkeys(action for word in value for action in _named(model, word) or [word]))
        elif kind == "subject" and getattr(options, "name", "") == "decision":
            changed[name] = _one(_model(options), value)
    for each in fields(options):  # type: ignore[arg-type]
        inner = getattr(options, each.name)
        if "group" in each.metadata and is_dataclass(inner) and hasattr(inner, "without"):
            changed[each.name] = resolved(inner)
    return replace(options, **changed) if changed else options  # type: ignore[type-var]


def _model(options: Any) -> Model:
    """The rules that the options select, from a file or built in."""
    from backup_slr.cli.model_options import LIFECYCLE

    about = options if hasattr(options, "without") else getattr(options, "model", options)
    return getattr(about, "table", LIFECYCLE.model)


def _named(model: Model, word: str) -> list[str]:
    return [rule.action for rule in rules_matching(word, model)]


def _one(model: Model, word: str) -> str:
    found = _named(model, word) or [word]
    if len(found) > 1:
        raise UsageError(f"{quoted(word)} stands for several actions; name one of {', '.join(found)}")
    return found[0]


def _parts(model: Model, word: str) -> list[str]:
    """List the parts of rules that ``ACTION/PART`` matches."""
    action, sign, part = word.partition("/")
    found = _named(model, action)
    having = [name for name in found if part in parts_of(model.rule(name))]
    return [f"{name}{sign}{part}" for name in (having or found or [action])]
