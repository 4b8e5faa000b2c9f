"""Scopes in words and as JSON, and the assumptions that differ from the defaults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count
from backup_slr.engine.spec.lifecycle import Lifecycle


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
    """Return the command line options that select a scope."""
    return " ".join(f"--{name} {number}" for name, number in scope_document(lifecycle, scope).items())


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
            what = variable.reads.removesuffix("s") if number == 1 else variable.reads
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
