"""Read scenario files: convert them to the types of a lifecycle, check the rest, and return plain data."""

from __future__ import annotations

from functools import partial
from math import prod
from pathlib import Path as FilePath
from typing import Any

from msgspec import UNSET

from backup_slr.engine.core.model import Model, parts_of
from backup_slr.engine.serialize.validation import each_checked, tag_of, value_of
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import BadInput, quoted
from backup_slr.lifecycle import BACKUP
from backup_slr.report.names import plural
from backup_slr.scenario.account_types import inputs_in, read_account
from backup_slr.scenario.file_types import MOST_STEPS, assumed, composed, scenario_type
from backup_slr.scenario.place_check import unknown_places
from backup_slr.scenario.spec import WAIT, AccountSpec, CounterexampleSpec, Scenario, StepSpec
from backup_slr.scenario.toml_source import TomlSource, read

__all__ = ["MOST_STEPS", "load", "parse"]

MOST_PLACES = 12
"""Innermost elements in the scope of a counterexample."""


def load(file: str | FilePath, lifecycle: Lifecycle | Model | None = None) -> Scenario:
    """Read a scenario file for a lifecycle, by default for the default one, or for another rule set of it.

    Raises `BadInput` when it cannot be read or is not valid; the message has the line and the valid values.
    """
    return parse(read(file), str(file), lifecycle)


def parse(text: str, file: str = "<scenario>", lifecycle: Lifecycle | Model | None = None) -> Scenario:
    """The scenario that a text describes; raises as `load` does."""
    lifecycle = BACKUP.having(lifecycle) if isinstance(lifecycle, Model) else lifecycle or BACKUP
    source = TomlSource(text, file)
    document = source.document()
    if not document:
        raise BadInput('an empty file; a scenario has at least title = "..." and a [[step]]', file)
    lifecycle, given = composed(document, source, lifecycle, "step", scenario_type)
    return _Reader(source, lifecycle).scenario(given)


class _Reader:
    """Turns a converted document into a scenario."""

    def __init__(self, source: TomlSource, lifecycle: Lifecycle) -> None:
        self.source, self.lifecycle, self.model = source, lifecycle, lifecycle.model
        self.fail = source.fail

    def scenario(self, given: Any) -> Scenario:
        start = self.account(given.account, "account") or AccountSpec()
        steps = tuple(self.step(step, i) for i, step in enumerate(given.step))
        end = self.account(given.finally_, "finally")
        if not steps and end is None:
            self.fail("no step: a scenario has at least one [[step]]")
        played = 0
        for i, step in enumerate(steps):
            played += step.times
            if played > MOST_STEPS:
                self.fail(f"more than {MOST_STEPS:,} steps, including repetitions", "step", i, "times")
        places = unknown_places(self.lifecycle, start, steps, end)
        each_checked(partial(self.fail, complaint, *path) for complaint, path in places)
        assume = assumed(given.assume, self.model)
        return Scenario(
            self.source.file,
            given.title,
            tuple(given.clauses),
            given.story,
            assume,
            start,
            steps,
            end,
            self.lifecycle,
            tuple(self.without(given.without, self.model.assuming(assume))),
            self.counterexample(given.counterexample) if given.counterexample is not UNSET else None,
        )

    def account(self, given: Any, path: str) -> AccountSpec | None:
        return None if given is UNSET else read_account(self.lifecycle, given, self.source, path, pending=False)

    def without(self, given: Any, model: Model) -> list[tuple[str, str]]:
        rules = {rule.action: rule for rule in self.model.rules}
        found: list[tuple[str, str]] = []
        for key in ("guards", "effects"):
            for i, part in enumerate(value_of(given, key, ())):
                here = ("without", key, i)
                action, sign, name = part.partition("/")
                if not sign:
                    self.fail(f"{quoted(part)}: expected ACTION/{'REFUSAL' if key == 'guards' else 'VARIABLE'}", *here)
                self.source.one_of(action, rules, "action", *here)
                refusals = {g.otherwise.id for g in rules[action].guards}
                parts = [p for p in parts_of(rules[action]) if (p in refusals) == (key == "guards")]
                self.source.one_of(name, parts, f"{key[:-1]} of {action}:", *here)
                if name not in parts_of(model.rule(action)):
                    self.fail(f"{part} exists only under another assumption: add it to [assume]", *here)
                found.append((action, name))
        return found

    def counterexample(self, given: Any) -> CounterexampleSpec:
        options = self.lifecycle.scope_options
        numbers = {o.name: n if (n := value_of(given.scope, o.name)) is not UNSET else o.least for o in options}
        sorts = {sort.name for sort in self.lifecycle.sorts}
        if prod(numbers[o.name] for o in options if o.of in sorts) > MOST_PLACES:
            places = plural(self.lifecycle.sorts[-1].name)
            why = f"a scope of more than {MOST_PLACES} {places} in total takes too long to check"
            self.fail(why, "counterexample", "scope")
        return CounterexampleSpec(given.property, numbers)

    def step(self, given: Any, number: int) -> StepSpec:
        times, expect, note = given.times, value_of(given, "expect", None), given.note
        do = tag_of(given)
        if do == WAIT:
            if expect not in (None, "done"):
                self.fail("a wait is always done", "step", number, "expect")
            return StepSpec(WAIT, minutes=given.minutes, times=times, expect=expect, note=note)
        because = value_of(given, "because", None)
        if because is not None and expect == "done":
            self.fail("expected no because, since the step is done", "step", number, "because")
        rule = self.model.rule(do)
        return StepSpec(
            do,
            tuple(getattr(given, param.sort.name) for param in rule.place),
            inputs_in(rule, given),
            times=times,
            expect=expect,
            because=because,
            note=note,
        )
