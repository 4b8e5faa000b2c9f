"""What the operators of a batch of runs see, where reads lag (see `views`)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backup_slr.runbook.rng import Integers, Numbers, Stream, Words, uniform
from backup_slr.runbook.simulate.timers import restarted
from backup_slr.runbook.views import LaggingView


class Views:
    """The views of an account, as arrays: the cells of all, and where those of each begin."""

    def __init__(self, views: Sequence[LaggingView]) -> None:
        self.number = len(views)
        self.cells = np.array([cell for view in views for cell in view.cells], np.int64)
        sizes = np.array([len(view.cells) for view in views])
        self.starts = np.cumsum(sizes) - sizes
        self.owner = np.repeat(np.arange(self.number), sizes)
        tables = [view.table for view in views]
        self.lags = [(view.lag, tables.index(name), tables.count(name)) for name, view in _first(views).items()]


def _first(views: Sequence[LaggingView]) -> dict[str, LaggingView]:
    return {view.table: view for view in reversed(views)}


class Seen:
    """The states that the operators of a batch see; a function of `vectorized_rules` reads them like the states."""

    def __init__(self, views: Views, states: Integers, size: int) -> None:
        self.views, self.size = views, size
        self.real, self.S = states, states.copy()
        self.current = np.setdiff1d(np.arange(states.size // size), views.cells)

    def _copy(self, cells: Integers, a: Integers) -> None:
        here = np.ix_(cells, a)
        self.S.reshape(-1, self.size)[here] = self.real.reshape(-1, self.size)[here]

    def of(self, a: Integers) -> Seen:
        """The same, with all cells up to date in these lanes that no view shows."""
        self._copy(self.current, a)
        return self

    def update(self, view: int, a: Integers) -> None:
        """Show the account as it is now."""
        self._copy(self.views.cells[self.views.owner == view], a)

    def clocks(self, clocks: Numbers, draws: Integers, a: Integers, key: Words, now: Numbers) -> Numbers:
        """The clocks of all views in these lanes after an event; they run where a view differs from the account."""
        here = np.ix_(self.views.cells, a)
        differs = self.real.reshape(-1, self.size)[here] != self.S.reshape(-1, self.size)[here]
        runs = np.logical_or.reduceat(differs, self.views.starts, axis=0)
        level = uniform(key, Stream.VIEWS + np.arange(self.views.number)[:, None], draws)
        takes = [lag.at(level[first : first + n]) for lag, first, n in self.views.lags]
        return restarted(clocks, runs, now + np.concatenate(takes))
