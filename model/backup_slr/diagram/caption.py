"""The caption of a picture: the model, its assumptions, and the scope that was explored; the text of clauses."""

from __future__ import annotations

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.names import counted
from backup_slr.report.reference import clause_says
from backup_slr.report.scopes import unusual
from backup_slr.version import __version__

INCOMPLETE = ", INCOMPLETE: a limit was reached before the others were found"
EVERY_SCOPE = "valid for every scope: derived from the rules, without exploring states"


def model_text(model: Model) -> str:
    """The model and its version, with the assumptions that do not have their default value."""
    odd = ", ".join(f"{name} = {value}" for name, value in unusual(model).items())
    return f"backup-slr {__version__}{f', assuming {odd}' if odd else ''}"


def nouns(lifecycle: Lifecycle) -> dict[str, str]:
    """The noun for one element of each sort, or one unit of each count, by its name."""
    sorts = {sort.name: sort.noun for sort in lifecycle.model.sorts}
    return sorts | {v.name: v.name.removesuffix("s") for v in lifecycle.model.state if isinstance(v, Count)}


def scope_text(lifecycle: Lifecycle, scope: Scope) -> str:
    """The size of a scope in words."""
    called = nouns(lifecycle)
    parts = [
        counted(size, called[sort]) + (" in each" if n else "") for n, (sort, size) in enumerate(scope.sizes.items())
    ]
    for name, bound in scope.bounds.items():
        parts.append(f"any number of {called[name]}s" if bound is None else f"up to {counted(bound, called[name])}")
    return ", ".join(parts)


def caption(
    lifecycle: Lifecycle, scope: Scope, states: int, how: str = "", without: tuple[str, ...] = (), complete: bool = True
) -> str:
    """A caption for a picture of explored states, on one or two lines; it says if more states exist than were found."""
    size = f"scope {scope_text(lifecycle, scope)}; {counted(states, 'state')}{'' if complete else INCOMPLETE}"
    return table_caption(lifecycle.model, how, without, size)


def table_caption(model: Model, how: str = "", without: tuple[str, ...] = (), size: str = EVERY_SCOPE) -> str:
    """A caption for a picture that is derived from the rules and valid in every scope, or only in one of a `size`."""
    left_out = f", without {', '.join(without)}" if without else ""
    return f"{model_text(model)}{left_out}; {size}" + (f"\n{how}" if how else "")


def cited(lifecycle: Lifecycle, clauses: tuple[str, ...]) -> str:
    """The clauses with their texts."""
    known = {clause.id: clause.says for clause in lifecycle.clauses}
    return "; ".join(f"{c}: {known.get(c) or clause_says(lifecycle, lifecycle.model, c)}" for c in clauses)
