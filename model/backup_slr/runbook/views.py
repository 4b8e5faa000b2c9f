"""What an operator sees: reads that show the account as it was some time ago.

A view shows a part of the account. When that part changes, a clock starts, and when it ends the view shows the account
as it is then. The clock runs only while the view differs from the account, so a view is never out of date for longer
than its lag.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from backup_slr.engine.compile.analysis import variables_in
from backup_slr.engine.compile.layout import Layout
from backup_slr.lifecycle.environment import ENVIRONMENT
from backup_slr.runbook.busy_account import BusyAccount
from backup_slr.runbook.control_flow import Position
from backup_slr.runbook.distributions import Duration


class LaggingView(NamedTuple):
    """The cells that a read shows at one place, and for how long a change is not shown."""

    table: str
    lag: Duration
    cells: tuple[int, ...]


def lagging_views(environment: BusyAccount, layout: Layout, positions: Iterable[Position]) -> tuple[LaggingView, ...]:
    """The views of an account that lag and that some position reads, those of one table together."""
    read = set(_read(positions))
    views = [
        LaggingView(view.table, environment.lags[view.table], cells)
        for view in environment.processes.views
        if view.table in environment.lags and read & {variable.name for variable in view.variables}
        for place in environment.names.places(len(view.over))
        if (cells := tuple(_cells(layout, {variable.name for variable in view.variables}, place)))
    ]
    return tuple(sorted(views, key=lambda view: view.table))


def _cells(layout: Layout, names: set[str], place: tuple[int, ...]) -> Iterator[int]:
    for cell, (variable, where) in enumerate(layout.cells):
        if variable.name in names and where[: len(place)] == place:
            yield cell


def _read(positions: Iterable[Position]) -> Iterator[str]:
    """The variables that the operator reads."""
    for position in positions:
        if position.kind == "list":
            yield ENVIRONMENT.contents.number.name
        elif position.kind == "test":
            yield from (variable.name for variable in variables_in(position.formula))
