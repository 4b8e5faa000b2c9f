"""A run that was kept as JSON, by ``simulate --json``, ``witness --json`` or ``check --json``: its steps, checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.variable import Count, Enum, Flag
from backup_slr.errors import BadInput, quoted, unknown
from backup_slr.scenario.spec import WAIT

OUTCOMES = ("done", "refused", "failed")
TEXTS = ("region", "vault", "because", "error_code", "via", "by")
TRUTHS = ("permitted", "collides", "succeeds", "as_expected")
LONGEST_WAIT = 10**12
"""In minutes, which is two million years."""


@dataclass(frozen=True)
class Kept:
    """A run: its title, its steps, and whether it is known to start in an empty account."""

    title: str
    steps: list[Mapping[str, Any]]
    from_nothing: bool


def steps_of(text: str, file: str, model: Model) -> Kept:
    """The steps of a run; of several scenarios or properties, the first that has steps.

    Raises
    ------
    BadInput
        When the text is no JSON, holds no run, or has a step that cannot be one, with its place.
    """
    try:
        document = json.loads(text, parse_constant=_no_number)
    except ValueError as error:
        raise BadInput(f"is no JSON ({error}); make one with 'backup-slr simulate --json'", file) from None
    except RecursionError:
        raise BadInput("is no run: it is nested too deep", file) from None
    title, steps, from_nothing = _found(document, file)
    check = _Check(file, model)
    if not isinstance(title, str):
        check.fail("title", "title", "a text", title)
    for number, step in enumerate(steps):
        check.step(step, f"steps[{number}]")
    return Kept(title, cast("list[Mapping[str, Any]]", steps), from_nothing)


def _no_number(sign: str) -> NoReturn:
    raise ValueError(f"{sign} is no number of JSON")


def _found(document: Any, file: str) -> tuple[Any, list[Any], bool]:
    whole = _object(document)
    if isinstance(whole.get("expression"), str) and isinstance(whole.get("trace"), list) and whole["trace"]:
        return f"The way to: {whole['expression']}", whole["trace"], True
    runs = [(_object(s), "title", "steps", False) for s in _list(whole.get("scenarios"))]
    runs += [(_object(p), "sentence", "trace", True) for p in _list(whole.get("properties"))]
    for run, title, steps, from_nothing in (*runs, (whole, "title", "steps", False)):
        if isinstance(run.get(steps), list) and run[steps]:
            return run.get(title, "A run"), run[steps], from_nothing
    raise BadInput("holds no run: expected what 'simulate --json', 'witness --json' or 'check --json' prints", file)


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


@dataclass(frozen=True)
class _Check:
    """Complaints about what a file says, each with its place."""

    file: str
    model: Model

    def fail(self, where: str, key: str, wanted: str, value: object) -> NoReturn:
        """Complain that a value is not what is wanted."""
        raise BadInput(f"{where}: {key} is {wanted}, not {quoted(value)}", self.file)

    def step(self, step: Any, where: str) -> None:
        """Complain about a step that cannot be one."""
        if not isinstance(step, Mapping):
            raise BadInput(f"{where}: expected an object with 'do' and 'outcome'", self.file)
        said = cast("Mapping[str, Any]", step)
        actions = (*(rule.action for rule in self.model.rules), WAIT)
        if said.get("do") not in actions:
            raise BadInput(f"{where}: {unknown('action', said.get('do'), actions, show=0)}", self.file)
        if said.get("outcome") not in OUTCOMES:
            self.fail(where, "outcome", f"one of {', '.join(OUTCOMES)}", said.get("outcome"))
        for key in TEXTS:
            self._one(said, key, str, "a text", where)
        for key in TRUTHS:
            self._one(said, key, bool, "true or false", where)
        if said["outcome"] != "done" and said.get("because") is None:
            self.fail(where, "because", "the reason of what is not done", None)
        minutes = said.get("minutes", 0)
        if not isinstance(minutes, int | float) or isinstance(minutes, bool) or not 0 <= minutes <= LONGEST_WAIT:
            self.fail(where, "minutes", f"a number from 0 to {LONGEST_WAIT:,}", minutes)
        clauses: object = said.get("clauses", [])
        if not isinstance(clauses, list) or not all(isinstance(c, str) for c in _list(said.get("clauses"))):
            self.fail(where, "clauses", "a list of texts", said["clauses"])
        changed = said.get("changed", [])
        if not isinstance(changed, list):
            self.fail(where, "changed", "a list of objects", changed)
        for number, change in enumerate(_list(changed)):
            self._change(change, f"{where}.changed[{number}]")
        expected = said.get("expected")
        if not isinstance(expected, dict | None):
            self.fail(where, "expected", "an object with outcome and because", expected)
        for key in ("outcome", "because"):
            self._one(_object(expected), key, str, "a text", f"{where}.expected")

    def _one(self, said: Mapping[str, Any], key: str, kind: type, wanted: str, where: str) -> None:
        if said.get(key) is not None and not isinstance(said[key], kind):
            self.fail(where, key, wanted, said[key])

    def _change(self, change: Any, where: str) -> None:
        said = _object(change)
        variables = {v.name: v for v in self.model.state}
        if not {"variable", "before", "after"} <= said.keys():
            raise BadInput(f"{where}: expected an object with 'variable', 'before' and 'after'", self.file)
        if said["variable"] not in [*variables]:
            raise BadInput(f"{where}: {unknown('variable', said['variable'], variables)}", self.file)
        for key in ("region", "vault"):
            self._one(said, key, str, "a text", where)
        variable = variables[said["variable"]]
        for key in ("before", "after"):
            match variable:
                case Flag():
                    fits, wanted = isinstance(said[key], bool), "true or false"
                case Enum():
                    fits, wanted = said[key] in [*variable.values], f"one of {', '.join(variable.values)}"
                case Count():
                    fits = isinstance(said[key], int) and not isinstance(said[key], bool) and said[key] >= 0
                    wanted = "a whole number"
            if not fits:
                self.fail(where, key, wanted, said[key])
