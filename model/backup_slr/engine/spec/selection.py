"""Selections by name: actions, properties, values of assumptions, and parts of rules to remove."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase

from backup_slr.engine.core.model import Model, parts_of
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import BadInput, quoted, unknown


def rules_matching(text: str, model: Model) -> list[Rule]:
    """Return the rules that a text names (see `actions_named`); none if nothing has this name."""
    name = _plain(text)
    return [rule for rule in model.rules if _plain(rule.action) == name] or [
        rule
        for rule in model.rules
        if any(name in (_plain(operation), _plain(operation.rpartition(":")[2])) for operation in rule.operations)
    ]


def actions_named(text: str, model: Model, kind: str = "action", others: Iterable[str] = ()) -> list[Rule]:
    """Return the rules that a text names: by an action, or by an API operation with or without its service.

    Parameters
    ----------
    text
        A name in any case, with or without dashes: ``delete_backup_vault``, ``backup:DeleteBackupVault``,
        ``DeleteBackupVault``, ``delete-backup-vault``. An operation names all of its actions.
    model
        The model that has the rules.
    kind, others
        The word for such a name in messages, and other names to suggest.

    Raises
    ------
    BadInput
        When nothing has this name; the message suggests the nearest name.

    Examples
    --------
    >>> from backup_slr.lifecycle import lifecycle
    >>> [rule.action for rule in actions_named("backup:DeleteBackupVault", lifecycle())]
    ['delete_backup_vault']
    >>> [rule.action for rule in actions_named("UpdateRole", lifecycle())]
    ['edit_description', 'rename_role']
    """
    found = rules_matching(text, model)
    if not found:
        operations = [o for rule in model.rules for o in rule.operations]
        short = () if ":" in text else (operation.rpartition(":")[2] for operation in operations)
        actions = [rule.action for rule in model.rules]
        near = get_close_matches(text[:60], [*actions, *operations, *short, *others], n=1)
        raise BadInput(unknown(kind, text, near or actions, show=len(actions)))
    return found


def action_named(text: str, model: Model) -> Rule:
    """Return the one rule that a text names (see `actions_named`).

    Raises `BadInput` when nothing has this name, or it is an operation of several actions.
    """
    found = actions_named(text, model)
    if len(found) > 1:
        raise BadInput(f"{quoted(text)} is the operation of {len(found)} actions: {', '.join(r.action for r in found)}")
    return found[0]


def _plain(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def names_matching(kind: str, words: Iterable[str], known: Mapping[str, str], listed: str = "") -> list[str]:
    """List the names that words mean; a word is a name, a pattern of names, or the sentence of a name.

    Parameters
    ----------
    kind
        The noun for messages.
    words
        The names as a user wrote them, in any case.
    known
        All names, with their sentences.
    listed
        The command that lists them, for messages.

    Raises
    ------
    BadInput
        When a word matches none of them; the message suggests the nearest name.

    Examples
    --------
    >>> names_matching("clause", ["clean-*"], {"CLEAN-1": "", "CLEAN-2": "", "CREATE-1": ""})
    ['CLEAN-1', 'CLEAN-2']
    """
    found: dict[str, None] = {}
    for word in words:
        wanted = _sentence(word)
        of_word = [name for name, says in known.items() if wanted in (name.casefold(), _sentence(says))]
        of_word = of_word or [name for name in known if fnmatchcase(name.casefold(), wanted)]
        if not of_word:
            raise BadInput(unknown(kind, word, known, 40, listed))
        found |= dict.fromkeys(of_word)
    return list(found)


def _sentence(text: str) -> str:
    return text.strip().rstrip(".").casefold()


def extension_with(name: str, lifecycle: Lifecycle) -> str | None:
    """The first extension, of those that a lifecycle is not composed with, that brings a name; None if it knows it."""
    wanted, model = name.casefold().replace("-", "_"), lifecycle.model
    known = {*(v.name for v in model.state), *(a.name for a in model.assumptions), *(p.id for p in model.properties)}
    known |= {refusal for stratum in model.strata for refusal in stratum.refusals}  # also of guards that were removed
    for rule in model.rules:
        known |= {rule.action, *(v.name for v in rule.inputs), *(guard.otherwise.id for guard in rule.guards)}
    if wanted in {one.replace("-", "_") for one in known}:
        return None
    for one in lifecycle.extensions:
        ids = (*(p.id for p in one.properties), *(a.variant for a in one.amendments))
        if one.name not in lifecycle.composed_of and wanted in (*one.names(), *ids):
            return one.name
    return None


def check_composed(names: Iterable[str], lifecycle: Lifecycle) -> None:
    """Check that names belong to no extension that is left out. Raises `BadInput` that says which one to add."""
    for name in names:
        if (extension := extension_with(name, lifecycle)) is not None:
            hint = f'add --with {extension}, or in an account or a scenario with = ["{extension}"]'
            raise BadInput(f"{quoted(name)} belongs to the extension {extension}: {hint}")


def check_value(model: Model, assumption: str, value: str) -> None:
    """Check a value of an assumption.

    Raises `BadInput` when the assumption or the value is unknown; the message suggests the nearest name.
    """
    known = {a.name: a for a in model.assumptions}
    if assumption not in known:
        raise BadInput(unknown("assumption", assumption, known, show=20))
    if value not in known[assumption].values:
        raise BadInput(unknown(f"value of {assumption}:", value, known[assumption].values))


def parts_named(model: Model, texts: Iterable[str]) -> list[tuple[str, str]]:
    """Return the parts of rules that texts name as ``ACTION/PART``, each with its action and once.

    An operation of several actions (see `actions_named`) names the part of each that has it.

    Raises `BadInput` when an action or a part is unknown; the message suggests the nearest name.
    """
    found: dict[tuple[str, str], None] = {}
    for text in texts:
        name, sign, part = text.partition("/")
        rules = actions_named(name, model)
        if not sign:
            raise BadInput(f"{quoted(text)}: expected ACTION/PART")
        having = [rule.action for rule in rules if part in parts_of(rule)]
        if not having:
            raise BadInput(unknown(f"part of {rules[0].action}:", part, parts_of(rules[0])))
        found |= dict.fromkeys((action, part) for action in having)
    return list(found)


def with_extensions(lifecycle: Lifecycle, names: Iterable[str]) -> Lifecycle:
    """Compose a lifecycle with the extensions of these names; ``all`` is every one that excludes no other.

    Those that ``all`` includes may be named beside it.

    Raises `BadInput` when a name is unknown or repeated, or two extensions cannot be combined.
    """
    given = list(names)
    asked = [name for name in given if name != "all"]
    if "all" in given:
        asked += [one.name for one in lifecycle.extensions if not one.excludes and one.name not in asked]
    try:
        return lifecycle.extended(*asked) if asked else lifecycle
    except ValueError as error:
        raise BadInput(str(error)) from None
