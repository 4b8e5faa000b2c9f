"""The grammar of scenario files: a document checked to the last key, and turned into data."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from backup_slr.engine.core.model import Model, parts_of
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Enum
from backup_slr.errors import BadInput, quoted, unknown
from backup_slr.lifecycle import lifecycle
from backup_slr.lifecycle.clauses import CLAUSES
from backup_slr.scenario.account import account
from backup_slr.scenario.places import slips
from backup_slr.scenario.scenario import WAIT, CounterexampleSaid, Scenario, StepSaid
from backup_slr.scenario.source import Source, read

TOP = ("title", "clauses", "story", "assume", "without", "account", "step", "finally", "counterexample")
OUTCOMES = ("done", "refused", "failed")
MOST_STEPS = 5_000_000
"""Repetitions counted. Every step that was played is remembered, so more than this would not fit into memory."""
MOST_MINUTES = 1e9
MOST_VAULTS = 12
"""In all Regions of the scope of a counterexample."""


def load(file: str | FilePath, model: Model | None = None) -> Scenario:
    """Read a scenario file, to be played on our own table or on another `model` whose assumptions are not settled.

    Raises
    ------
    BadInput
        When it cannot be read or says something that cannot be meant: with the line, and what would be right.
    """
    return parse(read(file), str(file), model)


def parse(text: str, file: str = "<scenario>", model: Model | None = None) -> Scenario:
    """The scenario that a text describes; raises as `load` does."""
    return _Grammar(text, file, model or lifecycle()).scenario()


class _Grammar(Source):
    def __init__(self, text: str, file: str, model: Model) -> None:
        super().__init__(text, file)
        self.model = model

    @cached_property
    def rules(self) -> dict[str, Rule]:
        return {rule.action: rule for rule in self.model.rules}

    # ------------------------------------------------------------ the file

    def scenario(self) -> Scenario:
        document = self.document()
        if not document:
            raise BadInput('an empty file; a scenario has at least title = "..." and a [[step]]', self.file)
        self.keys(document, TOP)
        if "title" not in document:
            self.fail('no title: say title = "..."')
        start = account(self, document.get("account", {}), "account")
        steps = self.steps(document.get("step", []))
        end = account(self, document["finally"], "finally") if "finally" in document else None
        if not steps and end is None:
            self.fail("nothing to do: a scenario has at least one [[step]]")
        for complaint, path in slips(start, steps, end):
            self.fail(complaint, *path)
        known = [c.id for c in CLAUSES]
        clauses = self.array(document.get("clauses", []), "clauses")
        assume = self.assumptions(self.table(document.get("assume", {}), "assume"))
        return Scenario(
            self.file,
            self.string(document["title"], "title"),
            tuple(self.one_of(c, known, "clause", "clauses", i) for i, c in enumerate(clauses)),
            self.string(document.get("story", ""), "story"),
            assume,
            start,
            steps,
            end,
            self.without(self.table(document.get("without", {}), "without"), self.model.assuming(assume)),
            self.counterexample(document["counterexample"]) if "counterexample" in document else None,
        )

    def assumptions(self, table: dict[str, Any]) -> dict[str, str]:
        known = {a.name: a for a in self.model.assumptions}
        for name, value in table.items():
            if name not in known:
                self.fail(unknown("assumption", name, known), "assume", name)
            self.one_of(value, known[name].values, f"value of {name}:", "assume", name)
        return table

    def without(self, table: dict[str, Any], model: Model) -> tuple[tuple[str, str], ...]:
        self.keys(table, ("guards", "effects"), "without")
        found: list[tuple[str, str]] = []
        for key in ("guards", "effects"):
            for i, said in enumerate(self.array(table.get(key, []), "without", key)):
                here = ("without", key, i)
                action, sign, part = self.string(said, *here).partition("/")
                if not sign:
                    self.fail(f"{quoted(said)}: say ACTION/{'REFUSAL' if key == 'guards' else 'VARIABLE'}", *here)
                if action not in self.rules:
                    self.fail(unknown("action", action, self.rules), *here)
                refusals = {g.otherwise.id for g in self.rules[action].guards}
                parts = [p for p in parts_of(self.rules[action]) if (p in refusals) == (key == "guards")]
                if part not in parts:
                    self.fail(unknown(f"{key[:-1]} of {action}:", part, parts), *here)
                if part not in parts_of(model.rule(action)):
                    self.fail(f"{said} exists under another reading only: say which in [assume]", *here)
                found.append((action, part))
        return tuple(found)

    def counterexample(self, value: Any) -> CounterexampleSaid:
        path = "counterexample"
        table = self.table(value, path)
        self.keys(table, ("property", "scope"), path)
        if "property" not in table:
            self.fail("no property: say which one the steps violate", path)
        known = [p.id for p in self.model.properties]
        scope = self.table(table.get("scope", {}), path, "scope")
        self.keys(scope, ("regions", "vaults", "points"), path, "scope")
        said = CounterexampleSaid(
            self.one_of(table["property"], known, "property", path, "property"),
            self.whole(scope.get("regions", 1), 1, 4, path, "scope", "regions"),
            self.whole(scope.get("vaults", 2), 2, 6, path, "scope", "vaults"),
            self.whole(scope.get("points", 1), 1, 8, path, "scope", "points"),
        )
        if said.regions * said.vaults > MOST_VAULTS:
            self.fail(f"a scope of more than {MOST_VAULTS} vaults in all takes too long to check", path, "scope")
        return said

    # ------------------------------------------------------------ steps

    def steps(self, value: Any) -> tuple[StepSaid, ...]:
        if isinstance(value, dict):
            self.fail("write [[step]], with two brackets: there can be many", "step")
        found: list[StepSaid] = []
        played = 0
        for i, table in enumerate(self.array(value, "step")):
            found.append(self.step(self.table(table, "step", i), i))
            played += found[-1].times
            if played > MOST_STEPS:
                self.fail(f"more than {MOST_STEPS:,} steps, repetitions counted", "step", i, "times")
        return tuple(found)

    def step(self, table: dict[str, Any], number: int) -> StepSaid:
        here = ("step", number)
        if "do" not in table:
            self.fail(f"step {number + 1} does not say what to do", *here)
        do = self.one_of(table["do"], [*self.rules, WAIT], "action", *here, "do")
        if do == WAIT:
            return self._wait(table, here)
        rule = self.rules[do]
        places = ("region", "vault")[: len(rule.place)]
        inputs = {i.name: i for i in rule.inputs}
        self.keys(table, ("do", *places, *inputs, "times", "expect", "because", "note"), *here, of=do)
        for key in places:
            if key not in table:
                self.fail(f"{do} needs a {key}", *here, "do")
            if not self.string(table[key], *here, key):
                self.fail(f"{key!r} cannot be empty", *here, key)
        said: dict[str, str | bool] = {}
        for name, variable in inputs.items():
            if name in table and isinstance(variable, Enum):
                said[name] = self.one_of(table[name], variable.values, f"value of {name}:", *here, name)
            elif name in table:
                said[name] = self.truth(table[name], *here, name)
            elif isinstance(variable, Enum) and variable.required:
                self.fail(f"{do} needs to say {name} = {' or '.join(map(repr, variable.values))}", *here, "do")
        return StepSaid(
            do,
            table.get("region"),
            table.get("vault"),
            said,
            times=self._times(table, here),
            expect=self._expect(table, here),
            because=self._because(table, rule, here),
            note=self.string(table.get("note", ""), *here, "note"),
        )

    def _wait(self, table: dict[str, Any], here: tuple[str, int]) -> StepSaid:
        self.keys(table, ("do", "minutes", "times", "expect", "note"), *here, of=WAIT)
        if "minutes" not in table:
            self.fail("wait needs minutes", *here, "do")
        minutes = self.number(table["minutes"], MOST_MINUTES, *here, "minutes")
        expect = self._expect(table, here)
        if expect not in (None, "done"):
            self.fail("waiting is always done", *here, "expect")
        note = self.string(table.get("note", ""), *here, "note")
        return StepSaid(WAIT, minutes=minutes, times=self._times(table, here), expect=expect, note=note)

    def _times(self, table: dict[str, Any], here: tuple[str, int]) -> int:
        return self.whole(table.get("times", 1), 1, MOST_STEPS, *here, "times")

    def _expect(self, table: dict[str, Any], here: tuple[str, int]) -> str | None:
        return self.one_of(table["expect"], OUTCOMES, "outcome", *here, "expect") if "expect" in table else None

    def _because(self, table: dict[str, Any], rule: Rule, here: tuple[str, int]) -> str | None:
        if "because" not in table:
            return None
        if table.get("expect", "refused") == "done":
            self.fail("what is done needs no because", *here, "because")
        known = tuple(dict.fromkeys(g.otherwise.id for r in self.model.rules for g in r.guards))
        because = self.one_of(table["because"], known, "refusal", *here, "because")
        own = tuple(dict.fromkeys(g.otherwise.id for g in rule.guards))
        if because not in own:
            self.fail(f"{rule.action} never ends with {because!r}; its refusals: {', '.join(own)}", *here, "because")
        return because
