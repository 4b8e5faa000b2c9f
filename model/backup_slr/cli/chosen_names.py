"""Names as users write them: API operations for actions, patterns and sentences for properties.

Each becomes the names that the model has; a name without such a meaning stays as it is, for the command to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from backup_slr.cli.parameters import UsageError
from backup_slr.engine.check.results import EVERY_OUTCOME
from backup_slr.engine.core.model import Model, parts_of
from backup_slr.engine.core.rule import Property
from backup_slr.errors import quoted, unknown

T = TypeVar("T")
WITH_SUBJECTS = ("decision", "counterexample")
"""The diagrams whose subject is an action or a property."""


def actions_named(model: Model, name: str) -> list[str]:
    """List the actions that a name means: an action, or an API operation with or without its service.

    >>> from backup_slr.lifecycle import BACKUP
    >>> actions_named(BACKUP.model, "backup:DeleteBackupVault"), actions_named(BACKUP.model, "delete-backup-vault")
    (['delete_backup_vault'], ['delete_backup_vault'])
    """
    wanted = _plain(name)
    if exact := [rule.action for rule in model.rules if _plain(rule.action) == wanted]:
        return exact
    return [
        rule.action
        for rule in model.rules
        if wanted in {text for operation in rule.operations for text in (_plain(operation), _plain(_short(operation)))}
    ]


def _short(operation: str) -> str:
    return operation.rpartition(":")[2]


def _plain(name: str) -> str:
    return re.sub("[-_]", "", name).lower()


def names_matching(kind: str, words: Iterable[str], known: Mapping[str, str]) -> list[str]:
    """List the names that words mean; a word is a name, a pattern of names, or the sentence of a name.

    Parameters
    ----------
    kind
        The noun for messages.
    words
        The names as a user wrote them.
    known
        All names, with their sentences.

    Raises
    ------
    UsageError
        When a word means none of them.

    Examples
    --------
    >>> names_matching("clause", ["clean-*"], {"CLEAN-1": "", "CLEAN-2": "", "CREATE-1": ""})
    ['CLEAN-1', 'CLEAN-2']
    """
    found: dict[str, None] = {}
    for word in words:
        wanted = word.strip().rstrip(".").casefold()
        of_word = [
            name for name, says in known.items() if wanted in (name.casefold(), says.strip().rstrip(".").casefold())
        ] or [name for name in known if fnmatchcase(name.casefold(), wanted)]
        if not of_word:
            raise UsageError(unknown(kind, word, known, show=40))
        found |= dict.fromkeys(of_word)
    return list(found)


def resolved(options: T) -> T:
    """Replace the names in options of a command, by the kinds of their parameters.

    Raises
    ------
    UsageError
        When a name means several actions where one is needed, or a pattern matches nothing.
    """
    wanted = {
        (each.name, each.metadata["parameter"].kind): value
        for each in fields(options)  # type: ignore[arg-type]
        if "parameter" in each.metadata and each.metadata["parameter"].kind and (value := getattr(options, each.name))
    }
    changed: dict[str, Any] = {}
    for (name, kind), value in wanted.items():
        view = getattr(options, "name", "") if kind == "subject" else ""
        if kind in ("assumption", "clause", "value", "diagram", "reason") or (
            kind == "subject" and view not in WITH_SUBJECTS
        ):
            continue  # only for completion
        model = _model(options)
        if kind == "part":
            changed[name] = tuple(part for word in value for part in _parts(model, word))
        elif kind in ("property", "invariant"):
            kinds = ("always", "step") if kind == "invariant" else None
            changed[name] = tuple(_properties(model.properties, value, kinds))
        elif kind == "action":
            changed[name] = _one(model, value) if isinstance(value, str) else tuple(_actions(model, value))
        elif view == "decision":
            changed[name] = _one(model, value)
        elif view == "counterexample":
            (changed[name],) = _properties(model.properties, [value])[:1]
    for each in fields(options):  # type: ignore[arg-type]
        inner = getattr(options, each.name)
        if "group" in each.metadata and is_dataclass(inner) and hasattr(inner, "without"):
            changed[each.name] = resolved(inner)
    return replace(options, **changed) if changed else options  # type: ignore[type-var]


def _model(options: Any) -> Model:
    """The rules that options are about; they may come from a file."""
    from backup_slr.cli.options import LIFECYCLE

    about = options if hasattr(options, "without") else getattr(options, "model", options)
    return getattr(about, "table", LIFECYCLE.model)


def _actions(model: Model, words: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(action for word in words for action in actions_named(model, word) or [word]))


def _one(model: Model, word: str) -> str:
    found = actions_named(model, word) or [word]
    if len(found) > 1:
        raise UsageError(f"{quoted(word)} stands for several actions; name one of {', '.join(found)}")
    return found[0]


def _parts(model: Model, word: str) -> list[str]:
    """List the parts of rules that ``ACTION/PART`` means."""
    action, sign, part = word.partition("/")
    found = actions_named(model, action)
    having = [name for name in found if part in parts_of(model.rule(name))]
    return [f"{name}{sign}{part}" for name in (having or found or [action])]


def _properties(properties: Sequence[Property], words: Sequence[str], kinds: Sequence[str] | None = None) -> list[str]:
    """List the ids of properties that words mean; a word that is neither a pattern nor a sentence stays as it is.

    A pattern means only properties of some `kinds`, if they are given.
    """
    every = (*properties, EVERY_OUTCOME)
    fitting = {p.id: p.sentence for p in every if kinds is None or p.kind in kinds or p.sentence in words}
    found: list[str] = []
    for word in words:
        is_name = re.fullmatch(r"[\w-]+", word)
        found += [word] if is_name else names_matching("property", [word], fitting)
    return list(dict.fromkeys(found))
