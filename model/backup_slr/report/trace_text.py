"""One step of a trace in words and as JSON: what was asked, what became of it, why, and what changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from backup_slr.engine.core.rule import Guard, Outcome, Rule
from backup_slr.engine.core.scope import shown
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.trace import Change, Trace, changes
from backup_slr.engine.core.variable import Enum, Flag, usual
from backup_slr.report.names import Names
from backup_slr.report.provenance import Blocker, happened, in_the_way

Document = dict[str, Any]
MOST_NAMED = 8
"""At most this many places in the way are named on a line; JSON has them all."""


@dataclass(frozen=True)
class Telling:
    """What is needed to tell of a step: its rule, its end, what it changed, and what things are called."""

    rule: Rule
    request: Request
    outcome: Outcome
    guard: Guard | None
    changed: Sequence[Change]
    names: Names
    in_the_way: Sequence[Blocker] = ()
    """Everything that must change before it is done (see `provenance.in_the_way`)."""

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses behind this step: of the guard that stopped it, or of what it changed, or of the rule."""
        if self.guard:
            return (self.guard.clause,)
        cited = [e.clause for e in self.rule.effects if happened(e, self.rule, self.request, self.changed)]
        return tuple(dict.fromkeys(cited)) or self.rule.clauses

    @property
    def asked(self) -> str:
        """The request on one line: action, place, inputs that are not the usual ones."""
        parts = [self.rule.action, self.names.place(self.request.place)]
        for variable in self.rule.inputs:
            value = self.request.inputs.get(variable.name, usual(variable))
            if value != usual(variable) or (isinstance(variable, Enum) and variable.required):
                parts.append(f"{variable.name}={str(shown(variable, value)).lower()}")
        return " ".join(part for part in parts if part)

    @property
    def answered(self) -> str:
        """What became of it on one line."""
        if self.guard is None:
            return f"done: {self.differences}" if self.changed else "done, nothing changed"
        code = self.guard.shows_as
        said = f"{self.outcome}: {self.guard.otherwise.says} ({self.guard.otherwise.id}{f', {code}' if code else ''})"
        if self.in_the_way:
            named = ", ".join(blocker_text(blocker, self.names) for blocker in self.in_the_way[:MOST_NAMED])
            more = len(self.in_the_way) - MOST_NAMED
            said += f": {named}{f' and {more} more' if more > 0 else ''}"
        return f"{said}; {self.differences}" if self.changed else said

    @property
    def differences(self) -> str:
        """What changed, on one line."""
        return ", ".join(change_text(change, self.names) for change in self.changed)

    def document(self, number: int) -> Document:
        """The step as JSON."""
        found: Document = {"n": number, "do": self.rule.action, **place_document(self.request.place, self.names)}
        for variable in self.rule.inputs:
            value = self.request.inputs.get(variable.name, usual(variable))
            found[variable.name] = shown(variable, value)
        return found | {
            "outcome": self.outcome,
            "because": self.guard.otherwise.id if self.guard else None,
            "error_code": self.guard.shows_as if self.guard else None,
            "clauses": list(self.clauses),
            "in_the_way": [
                {**place_document(blocker.place, self.names), "what": list(blocker.what)} for blocker in self.in_the_way
            ],
            "changed": [change_document(change, self.names) for change in self.changed],
        }


def change_text(change: Change, names: Names) -> str:
    """A change on one line, as ``points us-east-1/Default 1 -> 0``."""
    variable = change.variable
    if isinstance(variable, Flag):
        never, there, gone = variable.words
        values = f"{never} -> {there}" if change.after else f"{there} -> {gone}"
    else:
        values = f"{shown(variable, change.before)} -> {shown(variable, change.after)}"
    return " ".join(part for part in (variable.name.replace("_", " "), names.place(change.place), values) if part)


def change_document(change: Change, names: Names) -> Document:
    """A change as JSON."""
    found: Document = {"variable": change.variable.name, **place_document(change.place, names)}
    return found | {"before": shown(change.variable, change.before), "after": shown(change.variable, change.after)}


def place_document(place: tuple[int, ...], names: Names) -> Document:
    """A place as JSON: the names of its elements, by the names of their sorts."""
    return dict(names.document(place))


def blocker_text(blocker: Blocker, names: Names) -> str:
    """What is in the way on one line, as ``us-east-1/Default (points, vault)``."""
    what = ", ".join(name.replace("_", " ") for name in blocker.what)
    return f"{names.place(blocker.place)} ({what})" if blocker.place else what


def steps_text(number: int) -> str:
    """So many steps, in words."""
    return f"{number} step{'' if number == 1 else 's'}"


def tell(trace: Trace, names: Names) -> list[Telling]:
    """All steps of a trace, ready to be told."""
    layout = trace.machine.layout
    found: list[Telling] = []
    for step in trace.steps:
        rule = trace.machine.model.rule(step.request.action)
        blocking = in_the_way(layout, rule, step.guard, step.request, step.before) if step.guard else ()
        changed = changes(layout, step.before, step.after)
        found.append(Telling(rule, step.request, step.outcome, step.guard, changed, names, blocking))
    return found


def trace_documents(trace: Trace, names: Names) -> list[Document]:
    """A trace as JSON; in a lasso the steps that repeat for ever say so."""
    loop = trace.loop_from
    return [
        telling.document(number) | ({"repeats": number > loop} if loop is not None else {})
        for number, telling in enumerate(tell(trace, names), 1)
    ]


def trace_lines(trace: Trace, names: Names, indent: str = "  ") -> Iterable[str]:
    """A trace for people: two lines a step, and where a lasso returns to."""
    for number, telling in enumerate(tell(trace, names), 1):
        if trace.loop_from is not None and number == trace.loop_from + 1:
            yield f"{indent}-- from here on for ever:"
        yield f"{indent}{number:>2} {telling.asked}"
        yield f"{indent}     {telling.answered}  [{' '.join(telling.clauses)}]"
    if trace.loop_from is not None and trace.loop_from == len(trace.steps):
        yield f"{indent}-- and there it stays for ever"
    elif trace.loop_from is not None:
        yield f"{indent}-- back to the state after step {trace.loop_from}"
    elif not trace.steps:
        yield f"{indent}(the initial state itself)"


def asked_and_answered(trace: Trace, names: Names) -> tuple[str, ...]:
    """A trace with one line a step."""
    return tuple(f"{telling.asked}: {telling.answered}" for telling in tell(trace, names))
