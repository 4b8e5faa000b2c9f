"""What every picture says of itself: which model, how far it was explored, under which readings."""

from __future__ import annotations

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope
from backup_slr.version import __version__


def model_text(model: Model) -> str:
    """The model and its version, with the assumptions that are not read as usual."""
    defaults = {a.name: a.default for a in model.assumptions}
    odd = ", ".join(f"{name} = {value}" for name, value in model.assumed if defaults[name] != value)
    return f"backup-slr {__version__}{f', assuming {odd}' if odd else ''}"


def scope_text(scope: Scope) -> str:
    """The size of a scope in words."""
    regions, vaults, points = scope.sizes["region"], scope.sizes["vault"], scope.bounds["points"]
    many = "any number of points" if points is None else f"up to {points} point{'s'[: points != 1]}"
    return f"{regions} Region{'s'[: regions != 1]}, {vaults} vaults in each, {many}"


def caption(model: Model, scope: Scope, states: int, how: str = "", without: tuple[str, ...] = ()) -> str:
    """A caption for a picture of explored states, on one or two lines."""
    first = f"{_whole(model, without)}; scope {scope_text(scope)}; {states:,} states"
    return f"{first}\n{how}" if how else first


def table_caption(model: Model, how: str = "", without: tuple[str, ...] = ()) -> str:
    """A caption for a picture that is read off the table of rules, and so holds in every scope."""
    first = f"{_whole(model, without)}; every scope: read off the rules, no states explored"
    return f"{first}\n{how}" if how else first


def _whole(model: Model, without: tuple[str, ...]) -> str:
    left_out = f", without {', '.join(without)}" if without else ""
    return f"{model_text(model)}{left_out}"
