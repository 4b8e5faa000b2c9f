"""A played scenario for people and as JSON, and the recorded trace that is kept beside its file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from backup_slr.scenario.run import Played, Run, account_document
from backup_slr.scenario.scenario import WAIT

Document = dict[str, Any]


def expected_text(step: Played) -> str:
    """What a step was expected to be, as ``refused (no-such-vault)``."""
    said = step.said
    return f"{said.expect or 'refused or failed'}{f' ({said.because})' if said.because else ''}"


def step_document(run: Run, step: Played) -> Document:
    """One step as JSON."""
    said = step.said
    telling = run.telling(step)
    expected = {"outcome": said.expect, "because": said.because} if said.expect or said.because else None
    if telling is None:
        found: Document = {"n": step.number, "do": WAIT, "minutes": said.minutes, "outcome": "done", "because": None}
        found |= {"error_code": None, "clauses": [], "changed": []}
    else:
        found = telling.document(step.number)
    return found | {"minute": step.minute, "expected": expected, "as_expected": step.as_expected}


def run_document(run: Run) -> Document:
    """A whole run as JSON."""
    return {
        "file": run.scenario.file,
        "title": run.scenario.title,
        "clauses": list(run.scenario.clauses),
        "verdict": "pass" if run.passed else "fail",
        "missed": run.misses,
        "steps": [step_document(run, step) for step in run.steps],
        "final": account_document(run),
    }


def run_lines(run: Run) -> Iterator[str]:
    """A run for people: what it is about, every step, and what was missed.

    Repetitions of one step that end alike are told once, with their number.
    """
    scenario = run.scenario
    yield scenario.title
    if scenario.clauses:
        yield f"  clauses: {' '.join(scenario.clauses)}"
    for name, value in scenario.assume.items():
        yield f"  assumes {name} = {value}"
    for action, part in scenario.without:
        yield f"  without {action}/{part}"
    for (_, _, _, _), same in groupby(run.steps, key=lambda s: (id(s.said), s.outcome, s.because, bool(s.writes))):
        yield from _step_lines(run, list(same))
    yield from (f"  MISSED: {miss}" for miss in run.misses)


def _step_lines(run: Run, steps: list[Played]) -> Iterator[str]:
    first, last = steps[0], steps[-1]
    telling = run.telling(first)
    number = f"{first.number:>3}" if first is last else f"{first.number:>3}-{last.number}"
    if telling is None:
        total = first.said.minutes * len(steps)
        yield f"{number} wait {total:g} minutes: it is minute {last.minute:g} now"
        return
    note = f"   # {first.said.note}" if first.said.note else ""
    yield f"{number} {telling.asked}{note}"
    if first is last:
        yield f"      {telling.answered}  [{' '.join(telling.clauses)}]"
    else:
        ending = run.telling(last)
        both = telling.answered if ending is None or not last.writes else f"{telling.answered} ... {ending.differences}"
        yield f"      {len(steps)} times {both}  [{' '.join(telling.clauses)}]"
    if not first.as_expected:
        yield f"      MISSED: expected {expected_text(first)}, got {first.outcome}" + (
            f" ({first.because})" if first.because else ""
        )


def recorded(run: Run) -> str:
    """The text that is kept as the recorded trace of a scenario: its run, and the account at the end."""
    end = account_document(run)
    lines = [*run_lines(run), "at the end:"]
    lines.append(f"    role {end['role']}, description {end['description']}")
    lines.append(f"    cross-account backup {'on' if end['cross-account'] else 'off'}")
    lines.append(f"    EFS automatic backup on in: {', '.join(end['efs-automatic-backup']) or 'no Region'}")
    lines += (
        f"    vault {v['region']}/{v['name']}: recovery points {v['points']}{', a job is running' if v['job'] else ''}"
        for v in end["vaults"]
    )
    return "\n".join(lines) + "\n"


def trace_file(run: Run) -> Path:
    """Where the recorded trace of a scenario is kept: beside it, ending in .trace."""
    return Path(run.scenario.file).with_suffix(".trace")
