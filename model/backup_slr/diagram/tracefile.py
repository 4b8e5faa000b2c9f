"""A run that was kept as JSON, by ``simulate --json``, ``witness --json`` or ``check --json``: its steps, checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn, cast

from backup_slr.core.rule import Model
from backup_slr.errors import BadInput, quoted, unknown
from backup_slr.scenario.scenario import WAIT

OUTCOMES = ("done", "refused", "failed")


def steps_of(text: str, file: str, model: Model) -> tuple[str, list[Mapping[str, Any]]]:
    """The title and the steps of a run; of several scenarios or properties, the first that has steps.

    Raises
    ------
    BadInput
        When the text is no JSON, holds no run, or has a step that cannot be one, with its place.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise BadInput(f"is no JSON ({error}); make one with 'backup-slr simulate --json'", file) from None
    title, steps = _found(document, file)
    actions = [rule.action for rule in model.rules]
    for number, step in enumerate(steps):
        _checked(step, f"steps[{number}]", file, actions, model)
    return title, cast("list[Mapping[str, Any]]", steps)


def _found(document: Any, file: str) -> tuple[str, list[Any]]:
    whole = _object(document)
    if isinstance(whole.get("expression"), str) and isinstance(whole.get("trace"), list) and whole["trace"]:
        return f"The way to: {whole['expression']}", whole["trace"]
    runs = [(_object(s), "title", "steps") for s in _list(whole.get("scenarios"))]
    runs += [(_object(p), "sentence", "trace") for p in _list(whole.get("properties"))]
    for run, title, steps in (*runs, (whole, "title", "steps")):
        if isinstance(run.get(steps), list) and run[steps]:
            return str(run.get(title, "A run")), run[steps]
    raise BadInput("holds no run: expected what 'simulate --json', 'witness --json' or 'check --json' prints", file)


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _checked(step: Any, where: str, file: str, actions: list[str], model: Model) -> None:
    def wrong(message: str) -> NoReturn:
        raise BadInput(f"{where}: {message}", file)

    if not isinstance(step, Mapping):
        wrong("expected an object with 'do' and 'outcome'")
    said = cast("Mapping[str, Any]", step)
    if said.get("do") not in (*actions, WAIT):
        wrong(unknown("action", said.get("do"), (*actions, WAIT), show=0))
    if said.get("outcome") not in OUTCOMES:
        wrong(f"outcome is one of {', '.join(OUTCOMES)}, not {quoted(said.get('outcome'))}")
    for key in ("region", "vault", "because", "error_code", "via"):
        if not isinstance(said.get(key), str | None):
            wrong(f"{key} is a text, not {quoted(said.get(key))}")
    if not isinstance(said.get("minutes", 0), int | float):
        wrong(f"minutes is a number, not {quoted(said.get('minutes'))}")
    if not all(isinstance(c, str) for c in _list(said.get("clauses"))):
        wrong("clauses is a list of texts")
    names = [v.name for v in model.state]
    for change in _list(said.get("changed")):
        told = _object(change)
        if not {"variable", "before", "after"} <= told.keys() or told["variable"] not in names:
            wrong("changed is a list of objects with a variable of the model, before and after")
