"""The run of a scenario as text and as JSON, and the recorded trace next to its file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import wrap
from typing import Any

from backup_slr.engine.core.variable import Count, Enum, Flag, label
from backup_slr.errors import printable
from backup_slr.report.names import listed, place_text
from backup_slr.report.trace_text import MOST_NAMED, fold, steps_text
from backup_slr.scenario.account_codec import PlaceTable, account_format, gone_key, key_of
from backup_slr.scenario.player import PlayedStep, ScenarioRun
from backup_slr.scenario.spec import WAIT

Document = dict[str, Any]
LONGEST_SENTENCE, LONGEST_STORY = 400, 2000
"""The maximum length of titles and notes, and of stories, in text."""


def step_document(run: ScenarioRun, step: PlayedStep) -> Document:
    """One step as JSON."""
    said = step.said
    telling = run.telling(step)
    expected = {"outcome": said.expect, "because": said.because} if said.expect or said.because else None
    if telling is None:
        found: Document = {"n": step.number, "do": WAIT, "minutes": said.minutes, "outcome": "done", "because": None}
        found |= {"error_code": None, "clauses": [], "also": [], "in_the_way": [], "changed": []}
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
    """A run as text: title and story, every step, unmet expectations.

    Repetitions of a step with the same outcome are merged.
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
    keys = [(id(s.said), s.outcome, s.because, bool(s.writes), s.in_the_way, s.also) for s in run.steps]
    told = [run.steps[start : start + times] for start, _, times in fold(keys)]
    numbers = [str(s[0].number) if len(s) == 1 else f"{s[0].number}-{s[-1].number}" for s in told]
    width = max(map(len, numbers), default=0) + 1
    for number, same in zip(numbers, told, strict=True):
        first, *details = _step_lines(run, same)
        yield f"{number:>{width}} {first}"
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
    yield from wrap(telling.others, 96)
    if not first.as_expected:
        said = first.said
        ends = ((said.expect or "refused or failed", said.because), (first.outcome, first.because))
        wanted, got = (f"{outcome}{f' ({because})' if because else ''}" for outcome, because in ends)
        yield f"MISSED: expected {wanted}, got {got}"


def _note_lines(step: PlayedStep) -> Iterator[str]:
    return (f"# {line}" for line in wrap(printable(step.said.note, LONGEST_SENTENCE), 92))


def _together(steps: list[PlayedStep]) -> tuple[tuple[int, int, int], ...]:
    """The changes of repetitions of a step: the difference between the states before the first and after the last."""
    total: dict[int, tuple[int, int]] = {}
    for step in steps:
        for cell, before, after in step.writes:
            total[cell] = (total[cell][0] if cell in total else before, after)
    return tuple((cell, before, after) for cell, (before, after) in sorted(total.items()) if before != after)


def _account_lines(run: ScenarioRun) -> Iterator[str]:
    """The account at the end, as text."""
    form, document = account_format(run.machine.model.state), run.account
    enums = [f"{label(v)} {document[key_of(v)]}" for v in form.values if not isinstance(v, Flag)]
    yield from [", ".join(enums)] if enums else []
    for v in form.values:
        if isinstance(v, Flag):
            yield f"{label(v)} {v.words[int(document[key_of(v)])]}"
    for v in form.lists:
        assert isinstance(v, Flag)
        yield f"{label(v)} {v.words[1]} in: {', '.join(map(printable, document[key_of(v)])) or f'no {run.noun}'}"
    for table in form.tables:
        for row in document[table.key]:
            flags = [f", {v.reads[0]}" for v in table.variables if isinstance(v, Flag) and row[v.name]]
            plain = [f"{label(v)} {row[v.name]}" for v in table.variables if not isinstance(v, Flag)]
            yield f"{table.sort} {place_text(*table.place(row))}: {', '.join(plain)}{''.join(flags)}"
        gone = "" if table.flag is None else table.flag.words[2]
        for v in table.flags:
            for row in document[gone_key(v, table)]:
                yield f"{v.reads[0]} for {place_text(*table.place(row))}, which is {gone}"


def final_line(run: ScenarioRun) -> str:
    """The account at the end on one line: values other than the first ones, and the existing elements."""
    form, document = account_format(run.machine.model.state), run.account
    goal = run.scenario.lifecycle.goal.variable.name
    parts: list[str] = []
    for v in form.values:
        value = document[key_of(v)]
        if isinstance(v, Flag):
            parts += [f"{label(v)} {v.words[1]}"] if value else []
        elif v.name == goal or value != (v.values[0] if isinstance(v, Enum) else 0):
            parts.append(f"{label(v)} {value}")
    for v in form.lists:
        assert isinstance(v, Flag)
        if names := document[key_of(v)]:
            parts.append(f"{label(v)} {v.words[1]} in {listed([printable(name) for name in names], MOST_NAMED)}")
    for table in form.tables:
        rows = document[table.key]
        named = listed([_entry(table, row) for row in rows], MOST_NAMED)
        parts.append(
            f"{len(rows):,} {table.key if len(rows) > 1 else table.sort}: {named}" if rows else f"no {table.key}"
        )
        for v in table.flags:
            if gone := document[gone_key(v, table)]:
                there = listed([place_text(*table.place(row)) for row in gone], MOST_NAMED)
                parts.append(f"{v.reads[0]} for {there}")
    return f"at the end: {'; '.join(parts)}"


def checked_text(run: ScenarioRun) -> str:
    """The number of steps, and how many of them have no expectation (a wait needs none)."""
    steps, scenario = steps_text(len(run.steps)), run.scenario
    checked = sum(step.said.checks for step in run.steps)
    without = sum(step.said.do != WAIT and not step.said.checks for step in run.steps)
    if not without:
        return steps
    if not checked and scenario.finally_ is None and scenario.counterexample is None:
        return f"{steps}; nothing was checked: no step has expect, and there is no [finally]"
    return f"{steps}: {checked} checked, {without} without an expectation"


def _entry(table: PlaceTable, row: Document) -> str:
    """An element with its counts, flags and values, as ``us-east-1/Default (recovery points: 3)``."""
    counts = [f"{label(v)}: {row[v.name]:,}" for v in table.variables if isinstance(v, Count) and row[v.name]]
    flags = [label(v) for v in table.variables if isinstance(v, Flag) and row[v.name]]
    enums = [f"{label(v)} {row[v.name]}" for v in table.variables if isinstance(v, Enum) and row[v.name] != v.values[0]]
    details = ", ".join(counts + flags + enums)
    return f"{place_text(*table.place(row))}{f' ({details})' if details else ''}"


def recorded(run: ScenarioRun) -> str:
    """The text of the recorded trace of a scenario: its run, and the account at the end."""
    lines = [*run_lines(run), "at the end:", *(f"    {line}" for line in _account_lines(run))]
    return "\n".join(lines) + "\n"


def trace_file(run: ScenarioRun) -> Path:
    """The file of the recorded trace of a scenario: next to it, ending in .trace."""
    return Path(run.scenario.file).with_suffix(".trace")
