"""The results of a study as a JSON document and as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from backup_slr.engine.core.variable import label
from backup_slr.lifecycle import BACKUP
from backup_slr.runbook.book import Runbook
from backup_slr.runbook.control_flow import GOOD, LOOKS, THERE
from backup_slr.runbook.experiment import Chunk, Study
from backup_slr.runbook.markov.build import NoAnswer
from backup_slr.runbook.markov.solve import Exact
from backup_slr.runbook.simulate.batch import CONTENTS, FOREVER
from backup_slr.runbook.statistics import TICKS, HalfOpen, Summary, Sums

QUANTILES = (("median", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99))
LABELS = {variable.name: label(variable) for variable in CONTENTS}


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


def refusals(summary: Summary) -> dict[str, float]:
    """The mean number of refusals for each reason; a deletion task that failed counts as one."""
    found: Counter[str] = Counter()
    for (_, answer, called), number in summary.counts.items():
        if called and answer not in GOOD:
            found[_reason(answer)] += number
    return {reason: number / summary.runs for reason, number in sorted(found.items())}


def _reason(answer: str) -> str:
    return "deletion-failed" if answer == LOOKS[THERE] else answer


def failures(summary: Summary) -> dict[str, dict[str, int]]:
    """The numbers of failed runs in which each resource remained, and with each last refusal; most first."""
    refused = Counter({_reason(answer): n for answer, n in summary.refused.items()})
    return {"remaining": dict(summary.remains.most_common()), "last_refusal": dict(refused.most_common())}


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
        "failures": {"runs": summary.runs - summary.successes, **failures(summary)},
        "time": _times(summary),
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


def _times(summary: Summary) -> dict[str, float]:
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
        "fleet": study.fleet,
        "clocks": {action: clock and clock.says for action, clock in study.environment.clocks.clocks.items()},
        "chances": dict(study.environment.clocks.chances),
        "runbooks": [outcome_document(outcome) for outcome in found],
    }


# ---------------------------------------------------------------- text


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


def study_lines(study: Study, found: list[RunbookResult], done: int, details: bool = False) -> Iterator[str]:
    """The results as text: details for one runbook; a table for several, best first, with details on request."""
    environment = study.environment
    yield f"account      {environment.title} ({environment.file})"
    accounts = f" (a fleet of {study.fleet:,} accounts)" if study.fleet else ""
    yield f"runs         {done:,} of each runbook{accounts}, seed {study.seed} (parentheses: 95 % confidence intervals)"
    if study.deadline is not None:
        yield f"deadline     {time_text(study.deadline)}"
    for heading, text in environment.clocks.lines():
        yield from _wrapped(heading, text, 13)
    if len(found) > 1:
        best = sorted(found, key=lambda o: (-o.summary.successes, o.summary.quantile(0.5) or 0))
        yield ""
        yield from _table(best)
        yield ""
        yield from _wrapped("success", f"{success_text(study)}; times: of successful runs; calls: mean of all runs", 9)
        yield from _comparison(found[0], best)
        if failed := [outcome for outcome in best if outcome.summary.successes < outcome.summary.runs]:
            yield from ("", "why runs fail")
            for outcome in failed:
                yield from _wrapped(f"  {outcome.book.name}", failures_text(outcome), _width(found) + 4)
        if not details:
            yield from ("", "For the details of each runbook add --verbose.")
            return
    for outcome in found:
        yield ""
        yield from outcome_lines(study, outcome)


def _width(found: Sequence[RunbookResult]) -> int:
    return max(len(outcome.book.name) for outcome in found)


def _table(found: Sequence[RunbookResult]) -> Iterator[str]:
    """A row for each runbook: success, quantiles of the time of the runs that succeed, mean number of calls."""
    width = _width(found)
    yield f"{'runbook':<{width}}  {'success':<26} {'median':>9} {'95th pct.':>10} {'calls':>8}"
    for outcome in found:
        summary = outcome.summary
        share, (low, high) = summary.success
        succeeds = f"{percent(share)} ({percent(low)} to {percent(high)})"
        times = f"{time_text(summary.quantile(0.5)):>9} {time_text(summary.quantile(0.95)):>10}"
        yield f"{outcome.book.name:<{width}}  {succeeds:<26} {times} {summary.calls.mean:>8.1f}"


def _comparison(first: RunbookResult, found: Sequence[RunbookResult]) -> Iterator[str]:
    """The mean difference of each runbook from the first one, which is the baseline."""
    yield ""
    yield f"time compared with {first.book.name} (mean of the runs where both succeed, with the same random numbers)"
    width = _width(found)
    for outcome in found:
        if outcome is not first:
            yield f"  {outcome.book.name:<{width}}  {difference_text(outcome.difference)}"

    yield ""
    yield f"settings that differ from {first.book.name}"
    for outcome in found:
        if outcome is not first:
            yield from _wrapped(f"  {outcome.book.name}", settings_text(outcome.book, first.book), width + 4)


def settings_text(book: Runbook, other: Runbook) -> str:
    """The settings of a runbook that another one has differently, each with the value of the other."""
    mine, others = book.settings, other.settings
    differing = [name for name in (mine | others) if mine.get(name) != others.get(name)]
    return "; ".join(f"{n}: {mine.get(n, 'none')} (not {others.get(n, 'none')})" for n in differing) or "none"


def success_text(study: Study) -> str:
    """The meaning of success."""
    limits = {study.limits(book).minutes for book in study.books}
    same = time_text(min(limits)) if len(limits) == 1 else ""
    within = f"within {same}" if same and min(limits) < FOREVER else "within the deadline of the runbook, if it has one"
    return f"the {label(BACKUP.goal.variable)} is {BACKUP.goal.gone} {within if limits != {FOREVER} else 'at the end'}"


def difference_text(difference: Sums) -> str:
    if difference.mean is None:
        return "no run where both succeed"
    low, high = difference.interval() or (difference.mean, difference.mean)
    runs = f"{difference.number:,} run{'s' if difference.number > 1 else ''}"
    if low == high == 0:
        return f"the same time in {runs}"
    if low < 0 < high:
        return f"no clear difference ({low / TICKS:+.1f} to {high / TICKS:+.1f} min), {runs}"
    slower = difference.mean > 0
    least, most = sorted((abs(low), abs(high)))
    around = f" ({least / TICKS:.1f} to {most / TICKS:.1f})" if difference.interval() else ""
    return f"{abs(difference.mean) / TICKS:.1f}{around} min {'slower' if slower else 'faster'}, {runs}"


def failures_text(outcome: RunbookResult) -> str:
    """The number of failed runs, what remained at their ends, and the last refusal of each."""
    summary = outcome.summary
    failed = summary.runs - summary.successes
    found = failures(summary)
    remaining = ", ".join(f"{LABELS[name]} in {n:,}" for name, n in found["remaining"].items()) or "nothing"
    last = ", ".join(f"{reason} in {n:,}" for reason, n in found["last_refusal"].items()) or "none"
    unseen = "" if outcome.book.checks_deletion else "; a failed deletion task goes unnoticed (no step has poll)"
    return f"{failed:,} of {summary.runs:,} runs; remaining: {remaining}; last refusal: {last}{unseen}"


def outcome_lines(study: Study, outcome: RunbookResult) -> Iterator[str]:
    """The results of one runbook as text."""
    summary = outcome.summary
    share, (low, high) = summary.success
    within = study.limits(outcome.book).minutes
    by = f" within {time_text(within)}" if within < 1e300 else ""
    yield f"{outcome.book.name}: {outcome.book.title}"
    yield f"  succeeds     {percent(share)}{by} ({percent(low)} to {percent(high)})"
    if summary.successes:
        mean = summary.minutes.mean or 0
        interval = summary.minutes.interval() or ()
        yield f"  time         mean {time_text(mean / TICKS, *(x / TICKS for x in interval))}"
        quantiles = [
            f"{name} {time_text(summary.quantile(level), *(summary.quantile_interval(level) or ()))}"
            for name, level in QUANTILES
        ]
        yield f"               {', '.join(quantiles[:2])}"
        yield f"               {', '.join(quantiles[2:])}"
    if summary.successes < summary.runs:
        yield from _wrapped("  fails", failures_text(outcome))
    calls = by_operation(summary)
    yield from _wrapped(
        "  calls", f"{summary.calls.mean:.1f}: " + ", ".join(f"{op} {n:.1f}" for op, n in calls.items())
    )
    refused = refusals(summary)
    yield from _wrapped("  refusals", ", ".join(f"{reason} {n:.2f}" for reason, n in refused.items()) or "none")
    calling, waiting, pausing = map(time_text, _times(summary).values())
    yield f"  operator     {calling} in calls, {waiting} waiting to retry, {pausing} idle waits"
    if isinstance(outcome.exact, NoAnswer):
        yield f"  exact        not available ({outcome.exact})"
    else:
        exact = outcome.exact
        yield (
            f"  exact        succeeds {percent(exact.success)}, mean {time_text(exact.minutes)}, "
            f"{exact.calls:.2f} calls ({exact.states:,} states)"
        )


def _wrapped(name: str, text: str, width: int = 15) -> list[str]:
    return wrap(text, 112, initial_indent=f"{name:<{width}}", subsequent_indent=" " * width, break_on_hyphens=False)


def percent(share: float) -> str:
    """A share in percent; only 1 is shown as 100 %, and only 0 as 0 %."""
    digits = 1
    while digits < 6 and 0 < share < 1 and round(share * 100, digits) in (0.0, 100.0):
        digits += 1
    return f"{share * 100:.{digits}f} %" if 0 < share < 1 else f"{share * 100:.0f} %"
