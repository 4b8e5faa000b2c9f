"""``run --sweep``: find the smallest value of a runbook's parameter that reaches a goal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backup_slr.api.answers import Answer
from backup_slr.cli.command_options import RunOptions
from backup_slr.cli.parameters import UsageError, decimal
from backup_slr.cli.render import note
from backup_slr.cli.run_progress import code_of, gather, study_of, why
from backup_slr.errors import BadInput, quoted
from backup_slr.runbook.busy_account import BusyAccount
from backup_slr.runbook.experiment import Study
from backup_slr.runbook.runbook_file import load
from backup_slr.runbook.statistics import Summary
from backup_slr.runbook.study_document import percent, time_text

MOST_VALUES = 1000
GOAL = 0.99


def sweep(options: RunOptions, environment: BusyAccount) -> Answer | int:
    """Simulate the runbook with each value, on the same random numbers, and find the smallest that reaches the goal."""
    name, values = values_of(options.sweep or "")
    found: list[tuple[float, Summary]] = []
    goal = GOAL if options.goal is None else options.goal
    stopped: BaseException | None = None
    study: Study | None = None
    for value in values:
        study = study_of(options, [load(options.runbooks[0], {name: value}, environment.lifecycle)], environment)
        study.check()
        if study.deadline is None and study.books[0].deadline is None:
            raise BadInput("a sweep needs a deadline: set deadline in the runbook, or --deadline", options.runbooks[0])
        chunk, stopped = gather(study, options)
        if stopped is not None:
            break
        if chunk is not None:
            found.append((value, chunk.summaries[0]))
    if study is None or not found:
        note(why(stopped, " before any value was done"))
        return code_of(stopped)
    return Answer(
        lambda: _lines(study, name, goal, found),
        lambda: _document(study, name, goal, found),
        note=f"{why(stopped)}; these are {len(found)} of {len(values)} values" if stopped is not None else "",
        code=code_of(stopped) if stopped is not None else int(answer(found, goal)[0] is None),
    )


def values_of(text: str) -> tuple[str, list[float]]:
    """Return the name and the values that ``NAME=A..B..STEP`` means; the default step is 1.

    >>> values_of("wait=1..2..0.5")
    ('wait', [1.0, 1.5, 2.0])
    """
    name, sign, range_ = text.partition("=")
    numbers = [number for x in range_.split("..") if (number := decimal(x)) is not None and abs(number) <= 1e9]
    if not name or not sign or len(numbers) != range_.count("..") + 1 or len(numbers) not in (2, 3):
        raise UsageError(f"--sweep {quoted(text)}: expected NAME=A..B or NAME=A..B..STEP, e.g. wait=1..30")
    first, last, step = (*numbers, 1.0)[:3]
    if step <= 0 or last < first:
        raise UsageError(f"--sweep {quoted(text)}: from the smaller value to the larger one, in steps above 0")
    steps = (last - first) / step + 1e-9
    if steps >= MOST_VALUES:
        raise UsageError(f"--sweep {quoted(text)}: at most {MOST_VALUES} values, not {steps + 1:,.0f}")
    return name, [round(first + i * step, 9) for i in range(int(steps) + 1)]


def answer(found: list[tuple[float, Summary]], goal: float) -> tuple[float | None, float | None, float | None]:
    """Return the smallest value whose success rate reaches the goal, and bounds of the true one.

    The bounds are the smallest value whose confidence interval includes the goal, and the smallest whose interval is
    above it.
    """
    shares = [(value, *summary.success) for value, summary in found]
    return (
        next((value for value, share, _ in shares if share >= goal), None),
        next((value for value, _, (_, high) in shares if high >= goal), None),
        next((value for value, _, (low, _) in shares if low >= goal), None),
    )


def _document(study: Study, name: str, goal: float, found: list[tuple[float, Summary]]) -> dict[str, Any]:
    value, low, high = answer(found, goal)
    return {
        "schema_version": 1,
        "seed": study.seed,
        "runs": study.total,
        "account": study.environment.file,
        "runbook": study.books[0].file,
        "deadline": study.limits(study.books[0]).minutes,
        "parameter": name,
        "goal": goal,
        "least": value,
        "between": [low, high],
        "values": [
            {
                "value": value,
                "success_rate": summary.success[0],
                "success_ci95": list(summary.success[1]),
                "median": summary.quantile(0.5),
                "calls": summary.calls.mean,
            }
            for value, summary in found
        ],
    }


def _lines(study: Study, name: str, goal: float, found: list[tuple[float, Summary]]) -> Iterator[str]:
    within = f"{'after' if study.stay else 'within'} {time_text(study.limits(study.books[0]).minutes)}"
    yield f"{study.books[0].title}, {study.environment.title}"
    yield f"{study.total:,} runs for each value, seed {study.seed}; success: {within}; (95 % confidence)"
    yield from (f"{heading}: {text}" for heading, text in study.environment.clocks.lines())
    yield ""
    yield f"{name:>10}  succeeds                       median     calls"
    for value, summary in found:
        share, (low, high) = summary.success
        rate = f"{percent(share)} ({percent(low)} to {percent(high)})"
        yield f"{value:>10g}  {rate:<29}  {time_text(summary.quantile(0.5)):>9} {summary.calls.mean:>8.1f}"
    yield ""
    value, low, high = answer(found, goal)
    if value is None:
        best, summary = max(found, key=lambda pair: pair[1].successes)
        yield f"none of these values of {name} succeeds in {percent(goal)} of runs {within}"
        yield f"  the best is {best:g}, with {percent(summary.success[0])}"
        return
    yield f"the smallest {name} that succeeds in {percent(goal)} of runs {within} is {value:g}"
    below = f"{low:g}" if low is not None else f"up to {found[0][0]:g}"
    above = f"{high:g}" if high is not None else f">{found[-1][0]:g}"
    yield f"  95 % CI: {below if below == above else f'{below} to {above}'}"
