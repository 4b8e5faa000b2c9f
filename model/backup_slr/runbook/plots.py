"""Pictures of a study: time to deletion, calls by operation, one run as a timeline.

The colors are those of Okabe and Ito (2008), distinguishable with any kind of color vision; line styles and hatches
repeat the information without color.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np

from backup_slr.errors import MissingTool, install, printable
from backup_slr.lifecycle import BACKUP
from backup_slr.lifecycle.environment import ENVIRONMENT
from backup_slr.report.names import Names
from backup_slr.runbook.control_flow import GOOD
from backup_slr.runbook.experiment import Recorded, Study
from backup_slr.runbook.study_document import RunbookResult, by_operation
from backup_slr.runbook.to_scenario import trace

BLUE, ORANGE, GREEN, VERMILLION, SKY, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#999999"
PALETTE = (BLUE, ORANGE, GREEN, VERMILLION, SKY, GREY)
STYLES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1)))
HATCHES = ("", "///", "...", "xxx", "---", "\\\\\\", "ooo", "+++")
MOST_POINTS = 400
GOAL_COLOURS = {BACKUP.goal.gone: GREY, BACKUP.goal.there: SKY, BACKUP.goal.pending: ORANGE}


def _figure(width: float, height: float, title: str, across: str) -> tuple[Any, Any]:
    try:
        import matplotlib
    except ImportError:
        raise MissingTool(f"pictures need Matplotlib: {install('plots')}") from None
    matplotlib.use("Agg")
    # The same picture is the same file, byte by byte.
    matplotlib.rcParams.update({"svg.hashsalt": "backup-slr", "font.size": 9, "axes.spines.top": False})
    # A dollar sign in a name must not start a formula.
    matplotlib.rcParams.update({"axes.spines.right": False, "svg.fonttype": "path", "text.parse_math": False})
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes: Any = figure.add_subplot()
    axes.set_title(title, loc="left")
    axes.set_xlabel(across)
    return figure, axes


def _told(name: str, longest: int) -> str:
    """A name as text of a picture; without this, a name that starts with ``_`` would not appear in a legend."""
    told = printable(" ".join(name.split()), longest)
    return f" {told}" if told.startswith("_") else told


def picture(figure: Any, kind: str) -> bytes:
    """A picture as a file, ``svg`` or ``png``; a character that the typeface lacks is drawn as a box."""
    out = BytesIO()
    with catch_warnings():
        simplefilter("ignore", UserWarning)
        figure.savefig(out, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None)
    return out.getvalue()


def svg(figure: Any) -> str:
    text = picture(figure, "svg").decode()
    return text[text.index("<svg") :]


def curves(study: Study, found: Sequence[RunbookResult]) -> Any:
    """The share of runs in which the role is deleted, over time, with 95 % bands; exact values as circles."""
    figure, axes = _figure(7.5, 4.2, _told(study.environment.title, 70), "minutes since the start")
    end = _end(study, found)
    for number, outcome in enumerate(found):
        color, style = PALETTE[number % len(PALETTE)], STYLES[(number + number // len(PALETTE)) % len(STYLES)]
        times, upto = outcome.summary.curve()
        grid = np.linspace(0, end, MOST_POINTS)
        reached = np.concatenate(([0], upto))[np.searchsorted(times, grid, side="right")]
        bands = np.array([outcome.summary.band(int(n)) for n in reached])
        share = reached / outcome.summary.runs
        axes.fill_between(grid, bands[:, 0], bands[:, 1], color=color, alpha=0.2, linewidth=0)
        label = _told(outcome.book.name, 40)
        axes.plot(grid, share, color=color, linestyle=style, linewidth=1.6, label=label)
        if not isinstance(outcome.exact, Exception):
            some = np.linspace(0, end, 21)[1:]
            exact = outcome.exact.by(some)
            if exact is not None:
                axes.plot(some, exact, "o", color=color, markersize=3.5, fillstyle="none", label=f"{label}, exact")
    axes.set_xlim(0, end)
    axes.set_ylim(-0.02, 1.02)
    axes.set_ylabel("share of runs in which the role is deleted")
    axes.grid(alpha=0.25)
    # Next to the curves, so that it covers none of them.
    figure.legend(loc="outside right upper", frameon=False)
    return figure


def _end(study: Study, found: Sequence[RunbookResult]) -> float:
    """The end of the time axis: the time at which nearly all successful runs have ended."""
    latest = [outcome.summary.quantile(0.995) for outcome in found]
    limits = [study.limits(outcome.book).minutes for outcome in found]
    longest = max((x for x in latest if x is not None), default=min(min(limits), 480.0))
    return min(longest * 1.08, max(limits))


def calls(found: Sequence[RunbookResult]) -> Any:
    figure, axes = _figure(7.5, 1.6 + 0.42 * len(found), "Where calls go", "calls in a run (mean)")
    means, rows = [by_operation(outcome.summary) for outcome in found], range(len(found))
    # Of equal sums by name: the order of a set differs from process to process.
    operations = sorted(
        {operation for mean in means for operation in mean}, key=lambda o: (-sum(m.get(o, 0) for m in means), o)
    )
    left = np.zeros(len(found))
    for number, operation in enumerate(operations):
        width = np.array([mean.get(operation, 0.0) for mean in means])
        axes.barh(
            rows, width, left=left, height=0.6, color=PALETTE[number % len(PALETTE)], edgecolor="white", linewidth=0.8,
            hatch=HATCHES[number % len(HATCHES)], label=_told(operation, 60),
        )  # fmt: skip
        left += width
    axes.set_yticks(rows, [_told(outcome.book.name, 30) for outcome in found])
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.25)
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure


def timeline(run: Recorded, names: Names, title: str) -> Any:
    """One run: the state of the role, jobs by vault, calls that were done and calls that were refused."""
    taken = trace(run).steps
    layout, places = run.dispatch.layout, run.dispatch.environment.places
    goal, running = BACKUP.goal.variable, ENVIRONMENT.process.running
    end = max(run.minutes, 1e-9) if run.success or run.events else 1.0
    changes: list[tuple[float, tuple[int, ...]]] = [(0.0, run.start)]
    asked = [event for event in run.events if event.request is not None]
    changes += [(event.minute, step.after) for event, step in zip(asked, taken, strict=True)]
    end = max([end, *(event.minute for event in run.events)]) if end >= 1e100 else end
    busy = [p for p in places if any(cells[layout.cell(running.name, p)] for _, cells in changes)]
    rows = [goal.name, *(names.place(p) for p in busy), "calls"]
    figure, axes = _figure(8, 1.6 + 0.34 * len(rows), _told(title, 80), "minutes since the start")
    labelled: set[str] = set()

    def bars(row: int, cell: int, styles: dict[int, tuple[str, dict[str, Any]]]) -> None:
        """Add a bar for each period in which a cell had a certain value, with one legend entry for each value."""
        for start, stop, value in _spans(changes, cell, end):
            if value in styles:
                label, style = styles[value]
                unseen = None if label in labelled else label
                labelled.add(label)
                axes.barh(row, stop - start, left=start, height=0.6, label=unseen, **style)

    colors = {i: (f"{goal.name} {v}", {"color": GOAL_COLOURS[v]}) for i, v in enumerate(goal.values)}
    bars(0, layout.cell(goal.name), colors)
    for row, place in enumerate(busy, 1):
        hatched = {"color": BLUE, "hatch": "///", "edgecolor": "white"}
        bars(row, layout.cell(running.name, place), {1: ("a job uses the role", hatched)})
    for good, what, sign, size, color in ((True, "done", "|", 10, GREEN), (False, "refused", "x", 6, VERMILLION)):
        mine = [e.minute for e in run.events if e.by == "person" and (e.answer in GOOD) == good]
        label = f"{len(mine)} call{'' if len(mine) == 1 else 's'} {what}"
        axes.plot(mine, [len(rows) - 1] * len(mine), sign, color=color, markersize=size, label=label)
    axes.set_yticks(range(len(rows)), [_told(row, 44) for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0, end * 1.01)
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    return figure


def _spans(changes: list[tuple[float, tuple[int, ...]]], cell: int, end: float) -> list[tuple[float, float, int]]:
    """The periods in which a cell had each of its values."""
    found: list[tuple[float, float, int]] = []
    since, value = 0.0, changes[0][1][cell]
    for minute, cells in changes[1:]:
        if cells[cell] != value:
            found.append((since, minute, value))
            since, value = minute, cells[cell]
    return [*found, (since, end, value)]
