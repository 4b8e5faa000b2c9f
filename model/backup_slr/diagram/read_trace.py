"""Read a run from JSON of ``simulate --json``, ``witness --json`` or ``check --json``, and validate its steps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from backup_slr.engine.compile.naming import OUTCOMES
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.variable import Count, Enum, Flag, Variable
from backup_slr.errors import BadInput, quoted, unknown
from backup_slr.scenario.spec import WAIT

LONGEST_WAIT = 10**12
"""In minutes, which is two million years."""


@dataclass(frozen=True)
class RecordedRun:
    """A run: its title, its steps, and whether it is known to start in an empty account."""

    title: str
    steps: list[Mapping[str, Any]]
    from_empty: bool


def read_trace(text: str, file: str, model: Model) -> RecordedRun:
    """Read the steps of a run; if there are several scenarios or properties, of the first that has steps.

    Raises `BadInput` when the text is not JSON, contains no run, or has an invalid step, with its place.
    """
    try:
        document = json.loads(text, parse_constant=_no_number)
    except ValueError as error:
        raise BadInput(f"is not JSON ({error}); create it with 'backup-slr simulate --json'", file) from None
    except RecursionError:
        raise BadInput("is not a run: it is nested too deep", file) from None
    run = _found(document, file)
    check = _Check(file, model)
    check.is_text({"title": run.title}, ("title",), "title")
    for number, step in enumerate(run.steps):
        check.step(step, f"steps[{number}]")
    return run


def _no_number(sign: str) -> NoReturn:
    raise ValueError(f"{sign} is not a JSON number")


def _found(document: Any, file: str) -> RecordedRun:
    whole = _object(document)
    asked = whole.get("expression")
    runs = [({**whole, "title": f"Trace to: {asked}"}, "title", "trace", True)] if isinstance(asked, str) else []
    runs += [(_object(s), "title", "steps", False) for s in _list(whole.get("scenarios"))]
    runs += [(_object(p), "sentence", "trace", True) for p in _list(whole.get("properties"))]
    for run, title, key, from_empty in (*runs, (whole, "title", "steps", False)):
        if steps := _list(run.get(key)):
            return RecordedRun("A run" if run.get(title) is None else run[title], steps, from_empty)
    raise BadInput("contains no run: expected output of simulate, witness or check with --json", file)


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


@dataclass(frozen=True)
class _Check:
    """Validates a file; each message names the place."""

    file: str
    model: Model

    def require(self, fits: bool, where: str, key: str, wanted: str, value: object) -> None:
        if not fits:
            raise BadInput(f"{where}: {key} is {wanted}, not {quoted(value)}", self.file)

    def is_text(self, said: Mapping[str, Any], keys: Iterable[str], where: str) -> None:
        for key in keys:
            self.require(isinstance(said.get(key), str | None), where, key, "a text", said.get(key))

    def step(self, step: Any, where: str) -> None:
        if not isinstance(step, dict):
            raise BadInput(f"{where}: expected an object with 'do' and 'outcome'", self.file)
        said = _object(step)
        actions = (*(rule.action for rule in self.model.rules), WAIT)
        if said.get("do") not in actions:
            raise BadInput(f"{where}: {unknown('action', said.get('do'), actions, show=0)}", self.file)
        outcome = said.get("outcome")
        self.require(outcome in OUTCOMES, where, "outcome", f"one of {', '.join(OUTCOMES)}", outcome)
        inputs = {i.name: i for rule in self.model.rules for i in rule.inputs}
        texts = [name for name, variable in inputs.items() if isinstance(variable, Enum)]
        self.is_text(said, (*self.sorts, "because", "error_code", *texts), where)
        for key in (*(name for name in inputs if name not in texts), "as_expected"):
            self.require(isinstance(said.get(key), bool | None), where, key, "true or false", said.get(key))
        explained = outcome == "done" or said.get("because") is not None
        self.require(explained, where, "because", "the reason why it is not done", None)
        minutes = said.get("minutes", 0)
        counts = isinstance(minutes, int | float) and not isinstance(minutes, bool) and 0 <= minutes <= LONGEST_WAIT
        self.require(counts, where, "minutes", f"a number from 0 to {LONGEST_WAIT:,}", minutes)
        clauses, changed = (cast("object", said.get(key, [])) for key in ("clauses", "changed"))
        listed = isinstance(clauses, list) and all(isinstance(c, str) for c in _list(clauses))
        self.require(listed, where, "clauses", "a list of texts", said.get("clauses"))
        self.require(isinstance(changed, list), where, "changed", "a list of objects", changed)
        for number, change in enumerate(_list(changed)):
            self.change(_object(change), f"{where}.changed[{number}]")
        expected = said.get("expected")
        self.require(
            isinstance(expected, dict | None), where, "expected", "an object with outcome and because", expected
        )
        self.is_text(_object(expected), ("outcome", "because"), f"{where}.expected")

    def change(self, said: Mapping[str, Any], where: str) -> None:
        variables: dict[str, Variable] = {v.name: v for v in self.model.state}
        if not {"variable", "before", "after"} <= said.keys():
            raise BadInput(f"{where}: expected an object with 'variable', 'before' and 'after'", self.file)
        if said["variable"] not in [*variables]:
            raise BadInput(f"{where}: {unknown('variable', said['variable'], variables)}", self.file)
        self.is_text(said, self.sorts, where)
        for key in ("before", "after"):
            match variables[said["variable"]], said[key]:
                case (Flag(), value):
                    self.require(isinstance(value, bool), where, key, "true or false", value)
                case (Enum(values=values), value):
                    self.require(value in [*values], where, key, f"one of {', '.join(values)}", value)
                case (Count(), value):
                    natural = isinstance(value, int) and not isinstance(value, bool) and value >= 0
                    self.require(natural, where, key, "a whole number", value)

    @property
    def sorts(self) -> tuple[str, ...]:
        return tuple(sort.name for sort in self.model.sorts)
