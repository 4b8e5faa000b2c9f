"""Every switch of the rules, and its present position: assumptions, editions, extensions, parts to leave out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backup_slr.api.role_model import RoleModel
from backup_slr.engine.core.model import parts_of
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import label
from backup_slr.engine.spec.lifecycle import Lifecycle

Document = dict[str, Any]


def switches(role: RoleModel, base: Lifecycle) -> Document:
    """All switches of a model.

    Parameters
    ----------
    role
        The model, under the chosen rules.
    base
        The role without extensions.

    Examples
    --------
    >>> import backup_slr as slr
    >>> found = switches(slr.load(assume={"usage-check": "at-submit"}), slr.load().lifecycle)
    >>> [(one["name"], one["value"]) for one in found["assumptions"] if one["value"] != one["default"]]
    [('usage-check', 'at-submit')]
    """
    return {
        "assumptions": list(_assumptions(role)),
        "editions": list(_editions(role, base)),
        "extensions": [
            {
                "name": one.name,
                "says": one.says,
                "requires": [required.name for required in one.requires],
                "excludes": dict(one.excludes),
                "on": one.name in role.lifecycle.composed_of,
            }
            for one in base.extensions
        ],
        "parts": [part for rule in role.table.rules for part in _parts(role, rule)],
    }


def _assumptions(role: RoleModel) -> Iterator[Document]:
    chosen = role.assumptions
    for one in role.table.assumptions:
        values = [{"value": value, "says": says} for value, says in one.values.items()]
        told = {"name": one.name, "question": one.question, "evidence": one.evidence, "values": values}
        yield {**told, "default": one.default, "value": chosen.get(one.name, one.default)}


def _editions(role: RoleModel, base: Lifecycle) -> Iterator[Document]:
    """The editions; one is on if all that it implies is chosen, and the values that only others imply are not."""
    defaults = {one.name: one.default for one in role.table.assumptions}
    implied = {name for edition in base.editions for name in edition.assume}
    for one in base.editions:
        wanted = {name: one.assume.get(name, defaults.get(name)) for name in implied}
        on = all(role.assumptions.get(name, value) == value for name, value in wanted.items())
        told = {"name": one.name, "date": one.date, "says": one.says}
        yield {**told, "assume": wanted, "on": on}


def _parts(role: RoleModel, rule: Rule) -> Iterator[Document]:
    """The parts of a rule that can be left out: its guards by their refusals, its effects by their variables."""
    guards = {guard.otherwise.id: guard for guard in rule.guards}
    effects = {effect.variable.name: effect for effect in (*rule.on_failure, *rule.effects)}
    known = set(parts_of(rule.assuming(role.assumptions)))
    for part in dict.fromkeys((*guards, *effects)):
        name = f"{rule.action}/{part}"
        told: Document = {"part": name, "action": rule.action, "on": name not in role.without}
        told["possible"] = part in known
        if part in guards:
            yield {**told, "kind": "guard", "says": guards[part].otherwise.says, "clause": guards[part].clause}
        else:
            yield {**told, "kind": "effect", "says": label(effects[part].variable), "clause": effects[part].clause}
