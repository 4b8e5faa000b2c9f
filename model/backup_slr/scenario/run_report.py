"""A played scenario for people and as JSON, and the recorded trace that is kept beside its file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import wrap
from typing import Any

from backup_slr.errors import printable
from backup_slr.report.trace_text import fold
from backup_slr.scenario.account_codec import account_format
from backup_slr.scenario.player import PlayedStep, ScenarioRun
from backup_slr.scenario.spec import WAIT

Document = dict[str, Any]
LONGEST_SENTENCE, LONGEST_STORY = 400, 2000
"""Titles and notes, and stories, longer than this are cut where people read them."""


def expected_text(step: PlayedStep) -> str:
    """What a step was expected to be, as ``refused (no-such-vault)``."""
    said = step.said
    return f"{said.expect or 'refused or failed'}{f' ({said.because})' if said.because else ''}"


def step_document(run: ScenarioRun, step: PlayedStep) -> Document:
    """One step as JSON."""
    said = step.said
    telling = run.telling(step)
    expected = {"outcome": said.expect, "because": said.because} if said.expect or said.because else None
    if telling is None:
        found: Document = {"n": step.number, "do": WAIT, "minutes": said.minutes, "outcome": "done", "because": None}
        found |= {"error_code": None, "clauses": [], "in_the_way": [], "changed": []}
    else:
        found = telling.document(step.number)
    return found | {"minute": step.minute, "expected": expected, "as_expected": step.as_expected}


def run_document(run: ScenarioRun) -> Document:
    """A whole run as JSON; the steps are an iterator, since there can be millions."""
    return {
        "file": run.scenario.file,
        "title": run.scenario.title,
        "clauses": list(run.scenario.clauses),
        "story": run.scenario.story,
        "assume": dict(run.scenario.assume),
        "without": [f"{action}/{part}" for action, part in run.scenario.without],
        "violates": run.scenario.counterexample.property if run.scenario.counterexample else None,
        "verdict": "pass" if run.passed else "fail",
        "missed": run.misses,
        "steps": (step_document(run, step) for step in run.steps),
        "final": run.account,
    }


def run_lines(run: ScenarioRun) -> Iterator[str]:
    """A run for people: what it is about, every step, and what was missed.

    Repetitions of one step that end alike are told once, with their number.
    """
    scenario = run.scenario
    yield printable(scenario.title, LONGEST_SENTENCE)
    yield from (f"  {line}" for line in wrap(printable(" ".join(scenario.story.split()), LONGEST_STORY), 96))
    if scenario.clauses:
        yield f"  clauses: {' '.join(scenario.clauses)}"
    for name, value in scenario.assume.items():
        yield f"  assumes {name} = {value}"
    for action, part in scenario.without:
        yield f"  without {action}/{part}"
    if scenario.counterexample:
        yield f"  so that this is violated: {scenario.counterexample.property}"
    keys = [(id(s.said), s.outcome, s.because, bool(s.writes), s.in_the_way) for s in run.steps]
    told = [run.steps[start : start + times] for start, _, times in fold(keys)]
    labels = [str(s[0].number) if len(s) == 1 else f"{s[0].number}-{s[-1].number}" for s in told]
    width = max(map(len, labels), default=0) + 1
    for label, same in zip(labels, told, strict=True):
        first, *details = _step_lines(run, same)
        yield f"{label:>{width}} {first}"
        yield from (f"{'':>{width}}   {line}" for line in details)
    for miss in run.misses:
        yield from f"  MISSED: {miss}".split("\n")


def _step_lines(run: ScenarioRun, steps: list[PlayedStep]) -> Iterator[str]:
    first, last = steps[0], steps[-1]
    telling = run.telling(first)
    together = run.telling(replace(first, writes=_together(steps)))
    if telling is None or together is None:
        total = first.said.minutes * len(steps)
        yield f"wait {total:g} minute{'' if total == 1 else 's'}: it is minute {last.minute:g} now"
        yield from _note_lines(first)
        return
    yield telling.asked
    yield from _note_lines(first)
    times = "" if first is last else f"{len(steps)} times "
    yield f"{times}{together.answered}  [{' '.join(telling.clauses)}]"
    if not first.as_expected:
        yield f"MISSED: expected {expected_text(first)}, got {first.outcome}" + (
            f" ({first.because})" if first.because else ""
        )


def _note_lines(step: PlayedStep) -> Iterator[str]:
    return (f"# {line}" for line in wrap(printable(step.said.note, LONGEST_SENTENCE), 92))


def _together(steps: list[PlayedStep]) -> tuple[tuple[int, int, int], ...]:
    """What repetitions of one step changed in all: the difference of the states before the first and after the last."""
    total: dict[int, tuple[int, int]] = {}
    for step in steps:
        for cell, before, after in step.writes:
            total[cell] = (total[cell][0] if cell in total else before, after)
    return tuple((cell, before, after) for cell, (before, after) in sorted(total.items()) if before != after)


def recorded(run: ScenarioRun) -> str:
    """The text that is kept as the recorded trace of a scenario: its run, and the account at the end."""
    account = account_format(run.machine.model.state).text_lines(run.account, run.noun)
    lines = [*run_lines(run), "at the end:", *(f"    {line}" for line in account)]
    return "\n".join(lines) + "\n"


def trace_file(run: ScenarioRun) -> Path:
    """Where the recorded trace of a scenario is kept: beside it, ending in .trace."""
    return Path(run.scenario.file).with_suffix(".trace")
