"""The assumptions that matter for some rules: their values in use, and what each other value changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from backup_slr.engine.core.formula import FALSE
from backup_slr.engine.core.rule import Assumption, Guard, Rule
from backup_slr.engine.core.variable import Effect
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.english import english
from backup_slr.report.reference import changes


@dataclass(frozen=True)
class OtherValue:
    """Another value of an assumption, and what it changes about some rules."""

    value: str
    says: str
    changes: tuple[str, ...]


@dataclass(frozen=True)
class Dependence:
    """An assumption that some rules depend on, with the value in use."""

    assumption: Assumption
    value: str
    others: tuple[OtherValue, ...]


def dependences(lifecycle: Lifecycle, rules: Sequence[Rule], taken: Mapping[str, str]) -> list[Dependence]:
    """Return the assumptions that the parts of some rules depend on.

    Parameters
    ----------
    lifecycle
        Its assumptions may have their values already.
    rules
        The rules under all values of them.
    taken
        The values in use.

    Examples
    --------
    >>> from backup_slr.lifecycle import BACKUP
    >>> rule, taken = BACKUP.model.rule("delete_backup_vault"), dict(BACKUP.model.assuming().assumed)
    >>> found = dependences(BACKUP, [rule], taken)[1]
    >>> found.assumption.name, found.value, found.others[0].value, found.others[0].changes
    ('efs-vault', 'deletable', 'never', ('also refused if the vault is aws/efs/automatic-backup-vault',))
    """
    found: list[Dependence] = []
    for assumption in lifecycle.model.assumptions:
        if any(r.assumption == assumption.name for rule in rules for part in _parts(rule) for r in part.under):
            value = taken[assumption.name]
            others = (
                OtherValue(other, says, tuple(_changed(rules, taken, {**taken, assumption.name: other})))
                for other, says in assumption.values.items()
                if other != value
            )
            found.append(Dependence(assumption, value, tuple(others)))
    return found


def _parts(rule: Rule) -> tuple[Guard | Effect, ...]:
    return (*rule.guards, *rule.effects, *rule.on_failure)


def _changed(rules: Sequence[Rule], taken: Mapping[str, str], other: Mapping[str, str]) -> Iterator[str]:
    """Yield what other values add to the rules and remove from them."""
    for rule in rules:
        old, new = rule.assuming(taken), rule.assuming(other)
        for word, has, lacks in (("no longer", old, new), ("also", new, old)):
            for guard in has.guards:
                if guard not in lacks.guards:
                    reason = guard.otherwise.says
                    if guard.condition != FALSE:
                        reason = english(guard.condition, negative=True)
                    yield f"{word} {'fails' if guard.fails else 'refused'} if {reason}"
            for effects, rest, when in (
                (has.effects, lacks.effects, ""),
                (has.on_failure, lacks.on_failure, " when it fails"),
            ):
                for text in changes([effect for effect in effects if effect not in rest]):
                    yield f"then {word}{when} {text}"
