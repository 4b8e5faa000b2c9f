"""The results of a study as a JSON document, and the numbers in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backup_slr.engine.core.variable import label
from backup_slr.lifecycle import BACKUP
from backup_slr.runbook.book import Runbook
from backup_slr.runbook.control_flow import GOOD, LOOKS, THERE
from backup_slr.runbook.experiment import Chunk, Study
from backup_slr.runbook.markov.markov_chain import NoAnswer
from backup_slr.runbook.markov.solve import Exact
from backup_slr.runbook.simulate.batch import FOREVER
from backup_slr.runbook.statistics import TICKS, HalfOpen, Summary, Sums

QUANTILES = (("median", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99))


@dataclass(frozen=True)
class RunbookResult:
    """The sampled and the exact results of one runbook."""

    book: Runbook
    summary: Summary
    difference: Sums
    exact: Exact | NoAnswer


def results_of(study: Study, chunk: Chunk, exact: Sequence[Exact | NoAnswer]) -> list[RunbookResult]:
    return [RunbookResult(*parts) for parts in zip(study.books, chunk.summaries, chunk.differences, exact, strict=True)]


def _rounded(value: float | None, scale: float = 1.0) -> float | None:
    return None if value is None else round(value / scale, 6)


def _both(interval: HalfOpen | None, scale: float = 1.0) -> list[float | None] | None:
    return None if interval is None else [_rounded(x, scale) for x in interval]


def by_operation(summary: Summary) -> dict[str, float]:
    found: Counter[str] = Counter()
    for (operation, _, called), number in summary.counts.items():
        if called:
            found[operation] += number
    return {operation: number / summary.runs for operation, number in sorted(found.items())}


TASK_FAILED = "deletion-failed"
"""The reason of a task that failed."""


def refusals(summary: Summary) -> dict[str, float]:
    """The mean number of refusals for each reason; a deletion task that failed counts as one."""
    found: Counter[str] = Counter()
    for (_, answer, called), number in summary.counts.items():
        if called and answer not in GOOD:
            found[_reason(answer)] += number
    return {reason: number / summary.runs for reason, number in sorted(found.items())}


def _reason(answer: str) -> str:
    return TASK_FAILED if answer == LOOKS[THERE] else answer


def failures(summary: Summary) -> dict[str, dict[str, int]]:
    """The numbers of failed runs in which each resource remained, and with each last refusal; most first."""
    refused = Counter({_reason(answer): n for answer, n in summary.refused.items()})
    remaining, last = dict(summary.remains.most_common()), dict(refused.most_common())
    return {"remaining": remaining, "last_refusal": last}


def outcome_document(outcome: RunbookResult) -> dict[str, Any]:
    """The results of one runbook as JSON."""
    book, summary = outcome.book, outcome.summary
    share, interval = summary.success
    found: dict[str, Any] = {
        "name": book.name,
        "file": book.file,
        "title": book.title,
        "parameters": dict(book.parameters),
        "success_rate": share,
        "success_ci95": _both(interval),
        "minutes": {
            "mean": _rounded(summary.minutes.mean, TICKS),
            **{name: _rounded(summary.quantile(level)) for name, level in QUANTILES},
            "ci95": {
                "mean": _both(summary.minutes.interval(), TICKS),
                **{name: _both(summary.quantile_interval(level)) for name, level in QUANTILES},
            },
        },
        "calls": {
            "mean": summary.calls.mean,
            "ci95": _both(summary.calls.interval()),
            "by_operation": by_operation(summary),
        },
        "refusals": refusals(summary),
        "failures": {"runs": summary.runs - summary.successes, **failures(summary), "recreated": summary.recreated},
        "time": times_of(summary),
        "longer_than_first": {
            "runs": outcome.difference.number,
            "minutes": _rounded(outcome.difference.mean, TICKS),
            "ci95": _both(outcome.difference.interval(), TICKS),
        },
    }
    if isinstance(outcome.exact, NoAnswer):
        return found | {"exact": None, "no_exact_because": str(outcome.exact)}
    told = {"minutes": outcome.exact.minutes, "calls": outcome.exact.calls, "success_rate": outcome.exact.success}
    return found | {"exact": told | {"states": outcome.exact.states}, "no_exact_because": None}


def times_of(summary: Summary) -> dict[str, float]:
    return {kind: round(getattr(summary, kind) / TICKS / summary.runs, 6) for kind in ("calling", "waiting", "pausing")}


def study_document(study: Study, found: list[RunbookResult], done: int) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "seed": study.seed,
        "runs": study.total,
        "done": done,
        "account": study.environment.file,
        "assumptions": dict(study.environment.model.assumed),
        "without": ["/".join(part) for part in study.environment.without],
        "deadline": study.deadline,
        "stays_gone": study.stay,
        "success_means": success_text(study),
        "fleet": study.fleet,
        "clocks": {action: clock and clock.says for action, clock in study.environment.clocks.clocks.items()},
        "chances": dict(study.environment.clocks.chances),
        "choices": {name: dict(values) for name, values in study.environment.clocks.values.items()},
        "lags": {table: lag.says for table, lag in study.environment.lags.items()},
        "left_out": study.left_out,
        "remarks": [f"{heading}: {text}" for heading, text in study.environment.remarks],
        "runbooks": [outcome_document(outcome) for outcome in found],
    }


def success_text(study: Study) -> str:
    """The meaning of success."""
    limits = {study.limits(book).minutes for book in study.books}
    same = time_text(min(limits)) if len(limits) == 1 else ""
    within = f"within {same}" if same and min(limits) < FOREVER else "within the deadline of the runbook, if it has one"
    if study.stay:
        within = f"at the end of {same}" if same else "at the deadline of the runbook"
    return f"the {label(BACKUP.goal.variable)} is {BACKUP.goal.gone} {within if limits != {FOREVER} else 'at the end'}"


UNITS = ((1.0, 1 / 60, "s"), (120.0, 1.0, "min"), (72 * 60.0, 60.0, "h"), (float("inf"), 1440.0, "d"))
"""For each unit: the minutes up to which it is used, its size in minutes, its name."""


def time_text(minutes: float | None, *others: float | None) -> str:
    """Minutes as text; two others in the same unit, in parentheses, as an interval (None: no upper end)."""
    if minutes is None:
        return "-"
    size, unit = next((size, unit) for most, size, unit in UNITS if minutes < most)
    digits = 0 if unit == "s" else 1
    told = [f"{x / size:.{digits}f}" for x in others if x is not None]
    around = f" ({' to '.join(told)}{' or more' * (len(told) == 1)})" if told else ""
    return f"{minutes / size:.{digits}f}{around} {unit}"


def percent(share: float) -> str:
    """A share in percent; only 1 is shown as 100 %, and only 0 as 0 %."""
    digits = 1
    while digits < 6 and 0 < share < 1 and round(share * 100, digits) in (0.0, 100.0):
        digits += 1
    return f"{share * 100:.{digits}f} %" if 0 < share < 1 else f"{share * 100:.0f} %"
