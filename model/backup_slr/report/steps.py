"""One step of a trace in words and as JSON: what was asked, what became of it, why, and what changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from backup_slr.core.rule import Guard, Outcome, Rule
from backup_slr.core.scope import Layout, shown
from backup_slr.core.step import Request
from backup_slr.core.trace import Change, Trace, changes
from backup_slr.core.variable import Count, Enum, Flag, usual
from backup_slr.report.names import Names

Document = dict[str, Any]


@dataclass(frozen=True)
class Telling:
    """What is needed to tell of a step: its rule, its end, what it changed, and what things are called."""

    rule: Rule
    request: Request
    outcome: Outcome
    guard: Guard | None
    changed: Sequence[Change]
    names: Names

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses behind this step: of the guard that stopped it, or of the rule and of what it changed."""
        if self.guard:
            return (self.guard.clause,)
        touched = {change.variable.name for change in self.changed}
        effects = [e.clause for e in self.rule.effects if e.variable.name in touched]
        return tuple(dict.fromkeys([*self.rule.clauses, *effects]))

    @property
    def asked(self) -> str:
        """The request on one line: action, place, inputs that are not the usual ones."""
        parts = [self.rule.action, self.names.place(self.request.place), *self._inputs()]
        return " ".join(part for part in parts if part)

    def _inputs(self) -> list[str]:
        told: list[str] = []
        for variable in self.rule.inputs:
            value = self.request.inputs.get(variable.name, usual(variable))
            if value != usual(variable) or (isinstance(variable, Enum) and variable.required):
                told.append(f"{variable.name}={str(shown(variable, value)).lower()}")
        return told

    @property
    def answered(self) -> str:
        """What became of it on one line."""
        if self.guard is None:
            return f"done: {self.differences}" if self.changed else "done, nothing changed"
        code = self.guard.shows_as
        said = f"{self.outcome}: {self.guard.otherwise.says} ({self.guard.otherwise.id}{f', {code}' if code else ''})"
        return f"{said}; {self.differences}" if self.changed else said

    @property
    def differences(self) -> str:
        """What changed, on one line."""
        return ", ".join(change_text(change, self.names) for change in self.changed)

    def document(self, number: int) -> Document:
        """The step as JSON."""
        found: Document = {"n": number, "do": self.rule.action}
        if self.request.place:
            found["region"] = self.names.region(self.request.place)
        if len(self.request.place) > 1:
            found["vault"] = self.names.vault(self.request.place)
        for variable in self.rule.inputs:
            value = self.request.inputs.get(variable.name, usual(variable))
            found[variable.name] = shown(variable, value)
        return found | {
            "outcome": self.outcome,
            "because": self.guard.otherwise.id if self.guard else None,
            "error_code": self.guard.shows_as if self.guard else None,
            "clauses": list(self.clauses),
            "changed": [change_document(change, self.names) for change in self.changed],
        }


def value_text(variable: Flag | Enum | Count, value: int) -> str:
    """A value as people write it in a sentence."""
    if isinstance(variable, Flag):
        words = {"vault": ("gone", "there"), "job": ("none", "running")}.get(variable.name, ("off", "on"))
        return words[value]
    return str(shown(variable, value))


def change_text(change: Change, names: Names) -> str:
    """A change on one line, as ``points us-east-1/Default 1 -> 0``."""
    subject = " ".join(part for part in (change.variable.name.replace("_", " "), names.place(change.place)) if part)
    return f"{subject} {value_text(change.variable, change.before)} -> {value_text(change.variable, change.after)}"


def change_document(change: Change, names: Names) -> Document:
    """A change as JSON."""
    found: Document = {"variable": change.variable.name}
    if change.place:
        found["region"] = names.region(change.place)
    if len(change.place) > 1:
        found["vault"] = names.vault(change.place)
    return found | {"before": shown(change.variable, change.before), "after": shown(change.variable, change.after)}


def tell(trace: Trace, names: Names) -> list[Telling]:
    """All steps of a trace, ready to be told."""
    layout: Layout = trace.machine.layout
    return [
        Telling(
            trace.machine.model.rule(step.request.action),
            step.request,
            step.outcome,
            step.guard,
            changes(layout, step.before, step.after),
            names,
        )
        for step in trace.steps
    ]


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
