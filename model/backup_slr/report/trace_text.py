"""Traces in words and as JSON: each request, its outcome with the reason, and the changes."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from backup_slr.engine.core.rule import Guard, Outcome, Rule
from backup_slr.engine.core.scope import shown
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.trace import Change, Trace, changes
from backup_slr.engine.core.variable import Enum, Flag, usual
from backup_slr.report.names import Names
from backup_slr.report.provenance import Blocker, also, happened, in_the_way

Document = dict[str, Any]
MOST_NAMED = 8
"""The most blocking places or properties that a line names; JSON has them all."""
LONGEST_BLOCK = 4
"""The most steps in a repeated block."""


@dataclass(frozen=True)
class Telling:
    """The data for the description of a step: rule, request, outcome, changes, and names of places."""

    rule: Rule
    request: Request
    outcome: Outcome
    guard: Guard | None
    changed: Sequence[Change]
    names: Names
    in_the_way: Sequence[Blocker] = ()
    """Everything that must change before the request succeeds (see `provenance.in_the_way`)."""
    also: Sequence[Guard] = ()
    """The other guards that do not hold (see `provenance.also`)."""

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses of the guard that stopped the step, else of its changes, else of its rule."""
        if self.guard:
            return (self.guard.clause,)
        cited = [e.clause for e in self.rule.effects if happened(e, self.rule, self.request, self.changed)]
        return tuple(dict.fromkeys(cited)) or self.rule.clauses

    @property
    def asked(self) -> str:
        """The request on one line: action, place, and inputs with unusual values."""
        parts = [self.rule.action, self.names.place(self.request.place)]
        for variable in self.rule.inputs:
            value = self.request.inputs.get(variable.name, usual(variable))
            if value != usual(variable) or (isinstance(variable, Enum) and variable.required):
                parts.append(f"{variable.name}={str(shown(variable, value)).lower()}")
        return " ".join(part for part in parts if part)

    @property
    def answered(self) -> str:
        if self.guard is None:
            return f"done: {self.differences}" if self.changed else "done, nothing changed"
        code = self.guard.shows_as
        said = f"{self.outcome}: {self.guard.otherwise.says} ({self.guard.otherwise.id}{f', {code}' if code else ''})"
        if self.in_the_way:
            said += f": {few([blocker_text(blocker, self.names) for blocker in self.in_the_way])}"
        return f"{said}; {self.differences}" if self.changed else said

    @property
    def others(self) -> str:
        """The other reasons for which the request would be refused or fail; empty if there are none."""
        reasons = [f"{guard.otherwise.says} ({guard.otherwise.id}, {guard.clause})" for guard in self.also]
        return f"also: {'; '.join(reasons)}" if reasons else ""

    @property
    def differences(self) -> str:
        return ", ".join(change_text(change, self.names) for change in self.changed)

    def document(self, number: int) -> Document:
        found: Document = {"n": number, "do": self.rule.action, **self.names.document(self.request.place)}
        found |= {i.name: shown(i, self.request.inputs.get(i.name, usual(i))) for i in self.rule.inputs}
        return found | {
            "outcome": self.outcome,
            "because": self.guard.otherwise.id if self.guard else None,
            "error_code": self.guard.shows_as if self.guard else None,
            "clauses": list(self.clauses),
            "also": [{"because": guard.otherwise.id, "clause": guard.clause} for guard in self.also],
            "in_the_way": [
                {**self.names.document(blocker.place), "what": list(blocker.what)} for blocker in self.in_the_way
            ],
            "changed": [change_document(change, self.names) for change in self.changed],
        }


def few(names: Sequence[str]) -> str:
    """The first of some names on one line, and the number of the others."""
    more = len(names) - MOST_NAMED
    return f"{', '.join(names[:MOST_NAMED])}{f' and {more} more' if more > 0 else ''}"


def change_text(change: Change, names: Names) -> str:
    """A change on one line, as ``points us-east-1/Default 1 -> 0``."""
    variable = change.variable
    if isinstance(variable, Flag):
        values = " -> ".join(variable.change(bool(change.after)))
    else:
        values = f"{shown(variable, change.before)} -> {shown(variable, change.after)}"
    return " ".join(part for part in (variable.name.replace("_", " "), names.place(change.place), values) if part)


def change_document(change: Change, names: Names) -> Document:
    found: Document = {"variable": change.variable.name, **names.document(change.place)}
    return found | {"before": shown(change.variable, change.before), "after": shown(change.variable, change.after)}


def blocker_text(blocker: Blocker, names: Names) -> str:
    """A blocking place on one line, as ``us-east-1/Default (points, vault)``."""
    what = ", ".join(name.replace("_", " ") for name in blocker.what)
    return f"{names.place(blocker.place)} ({what})" if blocker.place else what


def steps_text(number: int) -> str:
    return f"{number} step{'' if number == 1 else 's'}"


def step_tellings(trace: Trace, names: Names) -> list[Telling]:
    layout = trace.machine.layout
    found: list[Telling] = []
    for step in trace.steps:
        rule = trace.machine.model.rule(step.request.action)
        blocking = in_the_way(layout, rule, step.guard, step.request, step.before) if step.guard else ()
        changed = changes(layout, step.before, step.after)
        others = also(layout, rule, step.guard, step.request, step.before) if step.guard else ()
        found.append(Telling(rule, step.request, step.outcome, step.guard, changed, names, blocking, others))
    return found


def trace_documents(trace: Trace, names: Names) -> list[Document]:
    loop = trace.loop_from
    return [
        telling.document(number) | ({"repeats": number > loop} if loop is not None else {})
        for number, telling in enumerate(step_tellings(trace, names), 1)
    ]


def fold(keys: Sequence[Hashable], longest: int = 1, least: int = 2) -> Iterator[tuple[int, int, int]]:
    """Split a sequence into blocks, each repeated: triples of its start, its length, and how often it is repeated.

    A block has at most `longest` elements. Fewer than `least` repetitions are not merged: each is a block of its own.

    >>> list(fold("abababc", longest=2))
    [(0, 2, 3), (6, 1, 1)]
    """
    start = 0
    while start < len(keys):
        best = (1, 1)
        for length in range(1, longest + 1):
            times = 1
            while all(
                start + times * length + i < len(keys) and keys[start + i] == keys[start + times * length + i]
                for i in range(length)
            ):
                times += 1
            if times >= least and length * times > best[0] * best[1]:
                best = (length, times)
        length, times = best
        yield start, length, times
        start += length * times


def trace_lines(trace: Trace, names: Names, indent: str = "  ") -> Iterable[str]:
    """A trace as text: two lines for each step or repeated block, and the start of a loop."""
    told = step_tellings(trace, names)
    loop = len(told) if trace.loop_from is None else trace.loop_from
    blocks = [*_blocks(told[:loop], 0), *_blocks(told[loop:], loop)]
    labels = {b: f"{b[0] + 1}-{b[0] + b[1] * b[2]}" if b[2] > 1 else f"{b[0] + 1}" for b in blocks}
    width = max(map(len, labels.values()), default=0) if any(times > 1 for _, _, times in blocks) else 2
    for block in blocks:
        if trace.loop_from is not None and block[0] == trace.loop_from:
            yield f"{indent}-- from here on, forever:"
        first, second = _block_lines(trace, told, *block)
        yield f"{indent}{labels[block]:>{width}} {first}"
        yield f"{indent}{'':{width}}   {second}"
    if trace.loop_from is not None and trace.loop_from == len(trace.steps):
        yield f"{indent}-- this state stays forever"
    elif trace.loop_from is not None:
        yield f"{indent}-- back to the state after step {trace.loop_from}"
    elif not trace.steps:
        yield f"{indent}(the initial state itself)"


def _blocks(told: Sequence[Telling], offset: int) -> Iterator[tuple[int, int, int]]:
    keys = [(t.asked, t.outcome, t.guard, tuple(c.variable.name for c in t.changed)) for t in told]
    return ((offset + start, length, times) for start, length, times in fold(keys, LONGEST_BLOCK, 3))


def _block_lines(trace: Trace, told: Sequence[Telling], start: int, length: int, times: int) -> tuple[str, str]:
    block, end = told[start : start + length], start + length * times
    clauses = " ".join(dict.fromkeys(clause for telling in block for clause in telling.clauses))
    if times == 1:
        return block[0].asked, f"{block[0].answered}  [{clauses}]"
    requests = (t.asked if t.outcome == "done" or length == 1 else f"{t.asked} ({t.outcome})" for t in block)
    changed = changes(trace.machine.layout, trace.steps[start].before, trace.steps[end - 1].after)
    total = replace(block[0], changed=changed, **({"guard": None, "outcome": "done"} if length > 1 else {}))
    return f"{times} times: {', '.join(requests)}", f"{total.answered}  [{clauses}]"


def asked_and_answered(trace: Trace, names: Names) -> tuple[str, ...]:
    return tuple(f"{telling.asked}: {telling.answered}" for telling in step_tellings(trace, names))
