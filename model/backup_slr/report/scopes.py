"""Scopes in words and as JSON, and the assumptions that differ from the defaults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from backup_slr.engine.core.formula import Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.engine.spec.scope_needs import scope_needs
from backup_slr.report.names import nouns


def scope_document(lifecycle: Lifecycle, scope: Scope) -> dict[str, int | None]:
    """Return the numbers of a scope by the names of its options; null means no maximum."""
    numbers = {**scope.sizes, **scope.bounds}
    return {option.name: numbers[option.of] for option in lifecycle.scope_options}


def unusual(model: Model, assumed: Iterable[tuple[str, str]] | None = None) -> dict[str, str]:
    """Return the values of assumptions that are not the defaults: those of the model, or of the given ones."""
    defaults = {a.name: a.default for a in model.assumptions}
    given = model.assumed if assumed is None else assumed
    return {name: value for name, value in given if defaults[name] != value}


def scope_options_text(lifecycle: Lifecycle, scope: Scope) -> str:
    return " ".join(f"--{name} {number}" for name, number in scope_document(lifecycle, scope).items())


def too_small_lines(lifecycle: Lifecycle, scope: Scope, formulas: Iterable[Formula]) -> Iterator[str]:
    """Say which numbers of a scope are too small for some formulas, and which would be large enough.

    >>> from backup_slr.engine.spec.query import parse
    >>> from backup_slr.lifecycle import BACKUP
    >>> list(too_small_lines(BACKUP, BACKUP.scope(), [parse("any(points >= 37)", BACKUP)]))
    ['points never exceeds 1 in this scope: give --points 37']
    """
    numbers = scope_document(lifecycle, scope)
    special = {sort.name: ", ".join(sort.special) for sort in lifecycle.sorts}
    of = {option.name: option.of for option in lifecycle.scope_options}
    for name, need in scope_needs(lifecycle, formulas).items():
        number = numbers[name]
        if number is not None and number < need:
            limit = f"{of[name]} never exceeds {number} in this scope"
            limit = limit if of[name] in scope.bounds else f"this scope has no {of[name]} but {special[of[name]]}"
            yield f"{limit}: give --{name} {need}"


def scope_text(lifecycle: Lifecycle, scope: Scope) -> str:
    """Return a scope in words.

    >>> from backup_slr.lifecycle import BACKUP
    >>> scope_text(BACKUP, BACKUP.scope(2, 3, 1))
    '2 Regions, 3 vaults in each, up to 1 recovery point a vault'
    """
    return ", ".join(_parts(lifecycle, scope))


def _parts(lifecycle: Lifecycle, scope: Scope) -> Iterator[str]:
    inner = ""
    for sort in lifecycle.model.sorts:
        number = scope.sizes[sort.name]
        label = sort.noun
        yield f"{number} {label}{'' if number == 1 else 's'}{' in each' if inner else ''}"
        inner = label
    for variable in lifecycle.model.state:
        if isinstance(variable, Count):
            number = scope.bound(variable)
            what = variable.reads if number is None else nouns(number, variable.reads)
            yield f"any number of {what} a {inner}" if number is None else f"up to {number} {what} a {inner}"


def everywhere_text(lifecycle: Lifecycle) -> str:
    """Return the phrase for all scopes at once.

    >>> from backup_slr.lifecycle import BACKUP
    >>> everywhere_text(BACKUP)
    'any number of Regions, vaults and recovery points'
    """
    *first, last = (
        *(f"{sort.noun}s" for sort in lifecycle.model.sorts),
        *(variable.reads for variable in lifecycle.model.state if isinstance(variable, Count)),
    )
    return f"any number of {', '.join(first)}{' and ' if first else ''}{last}"
