"""The grammar of runbook files (`simulations/runbooks/*.toml`)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backup_slr.engine.core.formula import TRUE, Formula
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Enum
from backup_slr.engine.spec.query import parse as parse_expression
from backup_slr.errors import BadInput, unknown
from backup_slr.lifecycle import BACKUP, lifecycle
from backup_slr.lifecycle.environment import ENVIRONMENT
from backup_slr.lifecycle.regions import AWS_REGIONS
from backup_slr.runbook.book import (
    REACTIONS,
    STOP_PLANS,
    THROTTLED,
    USUAL,
    WAIT,
    WHICH,
    Call,
    Loop,
    Part,
    Pause,
    Reaction,
    Runbook,
    StopPlans,
)
from backup_slr.runbook.distributions import Backoff, Fixed
from backup_slr.runbook.reading import Reading
from backup_slr.scenario.source import LARGEST_NUMBER, read

TOP = ("title", "story", "deadline", "calls", "parameters", "retry", "on", "exhausted", "step")
RETRY = ("wait", "grows", "factor", "most", "jitter", "attempts")
EACH = ("region", "vault", "recovery-point")
GROWS = ("fixed", "linear", "exponential")
JITTERS = ("none", "full", "equal")
MOST_WORKERS = 64
MOST_FACTOR = 1000.0


def load(file: str | Path, parameters: Mapping[str, float] | None = None) -> Runbook:
    """Read a runbook file, with some of its parameters set differently.

    Raises
    ------
    BadInput
        When it cannot be read or says something that cannot be meant: with the line, and what would be right.
    """
    return _Grammar(read(file, "runbook"), str(file), parameters or {}).runbook()


class _Grammar(Reading):
    def __init__(self, text: str, file: str, given: Mapping[str, float]) -> None:
        super().__init__(text, file)
        self.given = given
        self.parameters: dict[str, float] = {}
        self.rules: dict[str, Rule] = {rule.action: rule for rule in lifecycle().rules if rule.by == "person"}
        self.refusals = {g.otherwise.id for rule in lifecycle().rules for g in rule.guards} | {THROTTLED}

    def runbook(self) -> Runbook:
        document = self.document()
        if "account" in document:
            self.fail(
                "this has an account of its own, as an account file or a scenario has, and is no runbook", "account"
            )
        self.keys(document, TOP)
        for key in ("title", "step"):
            if key not in document:
                self.fail(f"no {key}: a runbook has at least a title and one [[step]]")
        self.parameters = self._parameters(document)
        deadline = self.above_zero(document["deadline"], "deadline") if "deadline" in document else None
        calls = self.count(document["calls"], 1, "calls") if "calls" in document else None
        backoff = self._backoff(document.get("retry", {}), Backoff(Fixed(1.0)), "retry")
        on = self._reactions(document.get("on", {}), USUAL, "on")
        exhausted = self._reaction(document.get("exhausted", "next"), "exhausted")
        if exhausted == "retry":
            self.fail("'retry' cannot be the reaction to having no retries left", "exhausted")
        steps = self._steps(document["step"], (), (backoff, on, exhausted), "step")
        title = self.string(document["title"], "title")
        story = self.string(document.get("story", ""), "story")
        return Runbook(self.file, Path(self.file).stem, title, story, steps, deadline, calls, self.parameters)

    # ------------------------------------------------------------ parameters

    def _parameters(self, document: dict[str, Any]) -> dict[str, float]:
        table = self.table(document.get("parameters", {}), "parameters")
        found: dict[str, float] = {}
        for name, value in table.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                self.wrong("a number", value, "parameters", name)
            found[name] = value
        for name in self.given:
            if name not in found:
                raise BadInput(unknown("parameter", name, found), self.file)
        return {**found, **self.given}

    def parameter(self, value: Any, *path: str | int) -> Any:
        """A string stands for the parameter of that name."""
        if not isinstance(value, str):
            return value
        if value not in self.parameters:
            self.fail(f"{unknown('parameter', value, self.parameters)} (a number, or a name from [parameters])", *path)
        return self.parameters[value]

    def count(self, value: Any, least: int, *path: str | int, most: int = LARGEST_NUMBER) -> int:
        """A whole number, perhaps by the name of a parameter."""
        value = self.parameter(value, *path)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return self.whole(value, least, most, *path)

    # ------------------------------------------------------------ retries and reactions

    def _backoff(self, value: Any, usual: Backoff, *path: str | int) -> Backoff:
        table = self.table(value, *path)
        self.keys(table, RETRY, *path, of="retry")
        wait = self.duration(table["wait"], *path, "wait") if "wait" in table else usual.wait
        jitter = self.one_of(table.get("jitter", usual.jitter), JITTERS, "jitter", *path, "jitter")
        if jitter != "none" and not isinstance(wait, Fixed):
            self.fail("jitter goes with a fixed wait; one that is drawn varies already", *path, "jitter")
        factor = self.above_zero(table["factor"], *path, "factor") if "factor" in table else usual.factor
        if not 1 <= factor <= MOST_FACTOR:
            self.wrong(f"a number from 1 to {MOST_FACTOR:g}", table["factor"], *path, "factor")
        return Backoff(
            wait,
            self.one_of(table.get("grows", usual.grows), GROWS, "growth", *path, "grows"),  # type: ignore[arg-type]
            factor,
            self.above_zero(table["most"], *path, "most") if "most" in table else usual.most,
            jitter,  # type: ignore[arg-type]
            self.count(table["attempts"], 0, *path, "attempts") if "attempts" in table else usual.attempts,
        )

    def _reaction(self, value: Any, *path: str | int) -> Reaction:
        return self.one_of(value, REACTIONS, "reaction", *path)  # type: ignore[return-value]

    def _reactions(self, value: Any, usual: Mapping[str, Reaction], *path: str | int) -> Mapping[str, Reaction]:
        table = self.table(value, *path)
        for name in table:
            if name not in self.refusals:
                self.fail(unknown("refusal", name, self.refusals), *path, name)
        return {**usual, **{name: self._reaction(said, *path, name) for name, said in table.items()}}

    def _when(self, table: dict[str, Any], *path: str | int) -> Formula:
        if "when" not in table:
            return TRUE
        try:
            return parse_expression(self.string(table["when"], *path, "when"), BACKUP)
        except BadInput as error:
            self.fail(str(error), *path, "when")

    # ------------------------------------------------------------ steps

    def _steps(self, value: Any, within: tuple[str, ...], usual: Any, *path: str | int) -> tuple[Part, ...]:
        if isinstance(value, dict):
            self.fail("write [[step]], with two brackets: there can be many", *path)
        found = self.array(value, *path)
        if not found:
            self.fail("no step in it", *path)
        return tuple(self._step(self.table(t, *path, i), within, usual, *path, i) for i, t in enumerate(found))

    def _step(self, table: dict[str, Any], within: tuple[str, ...], usual: Any, *path: str | int) -> Part:
        if "do" in table:
            return self._call(table, within, usual, *path)
        if "each" not in table:
            self.fail("a step says what to do, or has each = and steps of its own", *path)
        backoff, on, exhausted = usual
        self.keys(table, ("each", "regions", "vaults", "workers", "when", "step"), *path, of="a loop")
        each = self.one_of(table["each"], EACH, "loop", *path, "each")
        if each == "recovery-point":
            self.fail('each = "recovery-point" goes with do = "delete_recovery_point"', *path, "each")
        if each in within or "vault" in within:
            self.fail(f"a loop over each {each} within one over each {within[-1]}", *path, "each")
        workers = self.count(table.get("workers", 1), 1, *path, "workers", most=MOST_WORKERS)
        if workers > 1 and (each != "vault" or within):
            self.fail('workers go with each = "vault" outside of any other loop', *path, "workers")
        regions = None
        if "regions" in table:
            named = self.array(table["regions"], *path, "regions")
            regions = tuple(
                self.one_of(x, sorted(AWS_REGIONS), "Region", *path, "regions", i) for i, x in enumerate(named)
            )
        vaults = self.one_of(table.get("vaults", "all"), WHICH, "kind of vaults", *path, "vaults")
        if vaults != "all" and each != "vault":
            self.fail('vaults goes with each = "vault"', *path, "vaults")
        steps = self._steps(table.get("step", []), (*within, each), (backoff, on, exhausted), *path, "step")
        return Loop(each, steps, regions, workers, backoff, self._when(table, *path), vaults)  # type: ignore[arg-type]

    def _call(self, table: dict[str, Any], within: tuple[str, ...], usual: Any, *path: str | int) -> Part:
        backoff, on, exhausted = usual
        do = self.string(table["do"], *path, "do")
        actions = (*self.rules, WAIT, STOP_PLANS)
        if do not in actions:
            self.fail(unknown("action", do, actions, show=len(actions)), *path, "do")
        if do == WAIT:
            self.keys(table, ("do", "minutes"), *path, of=WAIT)
            if "minutes" not in table:
                self.fail("wait needs minutes", *path, "do")
            return Pause(self.duration(table["minutes"], *path, "minutes"))
        if do == STOP_PLANS:
            self.keys(table, ("do",), *path, of=STOP_PLANS)
            return StopPlans(backoff)
        rule = self.rules[do]
        inputs = [i for i in rule.inputs if i.kind == "parameter"]
        places = ("region", "vault")[: len(rule.place)]
        special = ("each", "until") if do == ENVIRONMENT.contents.removal else ()
        special += ("poll",) if do == ENVIRONMENT.task.begins else ()
        known = ("do", *places, *(i.name for i in inputs), *special, "retry", "on", "exhausted", "when")
        self.keys(table, known, *path, of=do)
        named = tuple(self.string(table[key], *path, key) for key in places if key in table)
        reach = 2 if "vault" in within else 1 if "region" in within else 0
        if len(named) not in (0, len(places)) or (not named and len(places) > reach):
            self.fail(
                f"{do} needs a {places[-1]}: put it in each = {places[-1]!r}, or say {' and '.join(places)}", *path
            )
        said: dict[str, int] = {}
        for variable in inputs:
            if variable.name in table and isinstance(variable, Enum):
                name = self.one_of(table[variable.name], variable.values, f"{variable.name}:", *path, variable.name)
                said[variable.name] = variable.values.index(name)
            elif variable.name in table:
                said[variable.name] = int(self.truth(table[variable.name], *path, variable.name))
        each = "each" in table and self.one_of(table["each"], EACH[2:], "loop", *path, "each") == EACH[2]
        until = "until" in table and self.one_of(table["until"], ("empty",), "end", *path, "until") == "empty"
        if until and not each:
            self.fail('until = "empty" goes with each = "recovery-point"', *path, "until")
        return Call(
            do,
            said,
            named,
            self._backoff(table.get("retry", {}), backoff, *path, "retry"),
            self._reactions(table.get("on", {}), on, *path, "on"),
            self._reaction(table.get("exhausted", exhausted), *path, "exhausted"),
            self._when(table, *path),
            each,
            until,
            self.duration(table["poll"], *path, "poll") if "poll" in table else None,
        )
