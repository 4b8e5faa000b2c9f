"""The results of a study as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from backup_slr.engine.core.variable import label
from backup_slr.runbook.book import Runbook
from backup_slr.runbook.experiment import Study
from backup_slr.runbook.markov.markov_chain import NoAnswer
from backup_slr.runbook.simulate.batch import CONTENTS
from backup_slr.runbook.statistics import TICKS, Sums
from backup_slr.runbook.study_document import (
    QUANTILES,
    TASK_FAILED,
    RunbookResult,
    by_operation,
    failures,
    percent,
    refusals,
    success_text,
    time_text,
    times_of,
)

LABELS = {variable.name: label(variable) for variable in CONTENTS}


def study_lines(study: Study, found: list[RunbookResult], done: int, details: bool = False) -> Iterator[str]:
    """The results as text: details for one runbook; a table for several, best first, with details on request."""
    environment = study.environment
    yield f"account      {environment.title} ({environment.file})"
    accounts = f" (a fleet of {study.fleet:,} accounts)" if study.fleet else ""
    yield f"runs         {done:,} of each runbook{accounts}, seed {study.seed} (parentheses: 95 % confidence intervals)"
    if study.deadline is not None:
        yield f"deadline     {time_text(study.deadline)}"
    for heading, text in environment.lines({call.do for book in study.books for call in book.every_call}):
        yield from _wrapped(heading, text, 13)
    if others := study.left_out:
        what = "the runbook does" if len(found) == 1 else "the runbooks do"
        yield from _wrapped(
            "left out", f"{', '.join(others)}: these extensions change what {what}; add --with NAME", 13
        )
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
            yield from _meanings(study, failed)
        if not details:
            yield from ("", "For the details of each runbook add --verbose.")
            return
    else:
        yield f"success      {success_text(study)}"
    for outcome in found:
        yield ""
        yield from outcome_lines(study, outcome)
    if len(found) == 1:
        yield from _meanings(study, [one for one in found if one.summary.successes < one.summary.runs])


def _meanings(study: Study, failed: Sequence[RunbookResult]) -> Iterator[str]:
    """The refusals of runbooks of which some runs fail, in words."""
    met = {reason for outcome in failed for reason in refusals(outcome.summary)}
    known = {g.otherwise.id: g.otherwise.says for rule in study.environment.model.rules for g in rule.guards}
    if explained := {reason: known[reason] for reason in sorted(met) if reason in known}:
        yield from ("", "the refusals")
        width = max(map(len, explained)) + 4
        for reason, says in explained.items():
            yield from _wrapped(f"  {reason}", says, width)


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
    return "; ".join(f"{n}: {mine.get(n, 'none')} (there: {others.get(n, 'none')})" for n in differing) or "none"


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
    others = {reason: n for reason, n in refusals(summary).items() if reason != TASK_FAILED}
    if others and next(iter(found["last_refusal"]), "") == TASK_FAILED:
        last += f"; most frequent before that: {max(others, key=lambda reason: others[reason])}"
    unseen = "" if outcome.book.checks_deletion else "; a failed deletion task goes unnoticed (no step has poll)"
    again = f"; the role was deleted and created again in {summary.recreated:,}" if summary.recreated else ""
    return f"{failed:,} of {summary.runs:,} runs; remaining: {remaining}; last refusal: {last}{again}{unseen}"


def outcome_lines(study: Study, outcome: RunbookResult) -> Iterator[str]:
    """The results of one runbook as text."""
    summary = outcome.summary
    share, (low, high) = summary.success
    within = study.limits(outcome.book).minutes
    by = f" {'after' if study.stay else 'within'} {time_text(within)}" if within < 1e300 else ""
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
    calling, waiting, pausing = map(time_text, times_of(summary).values())
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
