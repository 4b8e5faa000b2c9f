"""An AWS account whose behavior is that of the model: its state by names, and the records that clients see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from backup_slr.endpoint.backend.record_store import LAST, Path, Record, RecordStore
from backup_slr.engine.compile.analysis import variables_in
from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.core.formula import FALSE, Element, Formula, Param
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import Scope, State
from backup_slr.engine.core.step import Machine, Request, Step
from backup_slr.engine.core.trace import changes
from backup_slr.engine.core.variable import Count, Enum, Flag, Variable
from backup_slr.engine.spec.emulation import Emulation, RecordKind
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.names import Names

__all__ = ["EmulatedAccount", "Path", "Record", "Snapshot", "machine_of"]


@dataclass(frozen=True)
class Snapshot:
    """Everything that an account is at one time."""

    names: Names
    machine: Machine
    state: State
    records: Mapping[tuple[str, Path], tuple[Record, ...]]
    counters: Mapping[str, int]
    now: datetime


class EmulatedAccount(RecordStore):
    """One account: a state of the model, and the records that follow it.

    Parameters
    ----------
    lifecycle
        The lifecycle, composed with its extensions.
    model
        The same rules under settled assumptions.
    emulation
        The API.
    values
        The values of variables that differ from those of a new account, by name and place.
    number
        The number of the account.
    stated
        The assumptions whose values were given, so that answers which depend on them are not open.
    attributes
        For kinds and paths: attributes of the first records; ``id`` is the id.
    """

    def __init__(
        self,
        lifecycle: Lifecycle,
        model: Model,
        emulation: Emulation,
        values: Mapping[tuple[str, Path], int],
        number: str,
        stated: Iterable[str] = (),
        attributes: Mapping[tuple[str, Path], Mapping[str, Any]] | None = None,
    ) -> None:
        self.stated = frozenset(stated)
        super().__init__(lifecycle, emulation, number)
        self.model = model
        self.rules = {rule.action: rule for rule in model.rules}
        self.variables = {variable.name: variable for variable in model.state}
        self._ties = ties(model, emulation)
        self._mirrors = [
            (kind, kind.mirrors)
            for kind in emulation.records.values()
            if kind.mirrors is not None and kind.mirrors.variable.name in self.variables
        ]
        self._params = lifecycle.place
        self._variables_in: dict[Formula, frozenset[str]] = {}
        self.watch: Callable[[Request, Step], None] | None = None
        """Called with every step, before it is taken; also with those that are refused."""
        self.fate: Callable[[], str] = lambda: ""
        """The refusal with which the next task fails, whatever the rules say; empty: as the rules say."""
        self.set_values(values, attributes=attributes)

    # ---------------------------------------------------------------- the state

    def set_values(
        self,
        values: Mapping[tuple[str, Path], int],
        paths: Iterable[Path] = (),
        attributes: Mapping[tuple[str, Path], Mapping[str, Any]] | None = None,
    ) -> None:
        """Put the account into a state, with names also for some paths; all records are made again."""
        self.clear()
        self._arrange(values, paths)
        for name in self._ties:
            kind = self.emulation.records[name]
            for path in self._paths(kind):
                self._follow(kind, path, {name: (attributes or {}).get((name, path), {})}, {})
        self.mirror()

    def values(self) -> dict[tuple[str, Path], int]:
        """The values that differ from those of a new account."""
        return self.names.values(self.machine.layout, self.state)

    def value(self, variable: Variable, path: Path) -> int | None:
        """The value of a variable at a place or at one around it; None if the model does not have the variable."""
        if variable.name not in self.variables:
            return None
        numbers = self._numbers(path[: len(variable.per)])
        return self.state[self.machine.layout.cell(variable.name, numbers)]

    def holds(self, formula: Formula, path: Path) -> bool:
        """Whether a formula holds at a place. A formula with a variable that the model does not have holds nowhere."""
        names = self._variables_in.get(formula)
        if names is None:
            names = self._variables_in[formula] = frozenset(v.name for v in variables_in(formula))
        if not names <= self.variables.keys():
            return False
        stands = self._stands(path)
        return holds(formula, Situation(self.machine.layout, self.state, stands))

    def exists(self, outer: str) -> bool:
        """Whether an outermost element exists: in the world, or in this account."""
        world = self.lifecycle.known_names.get(self.sorts[0])
        return world is None or outer in world or outer in self.names.below[()]

    def _stands(self, path: Path) -> dict[Param, Element]:
        numbers = self._numbers(path)
        return {p: Element(p.sort, n) for p, n in zip(self._params, numbers, strict=False)}

    def _numbers(self, path: Path) -> tuple[int, ...]:
        try:
            return self.names.numbers(*path)
        except KeyError:
            self._arrange(self.values(), [path, *(path for _, path in self.records)])
            return self.names.numbers(*path)

    def _arrange(self, values: Mapping[tuple[str, Path], int], paths: Iterable[Path]) -> None:
        """Make room for names.

        There are more innermost places than names, so that rules are seldom compiled again. Every outer one has a name,
        because an action can have an effect in each of them.
        """
        known: list[Path] = [*paths, *(path for _, path in values)]
        if not any(known):  # one outer element exists always
            known.append((self.lifecycle.element_names[self.sorts[0]][0],))
        self.names = Names.of(self.lifecycle.sorts, known)
        sizes = dict(self.names.sizes)
        inner = self.lifecycle.sorts[-1].name
        sizes[inner] = 1 << max(2, (sizes[inner] - 1).bit_length())
        self.machine = machine_of(self.model, tuple(sizes.items()))
        self.state = self.names.state(self.machine.layout, values)

    def _paths(self, kind: RecordKind) -> Iterator[Path]:
        """The named places of the level of a kind."""
        return self.names.paths(self.depth(kind))

    # ---------------------------------------------------------------- steps

    def attempt(self, action: str, path: Path = (), inputs: Mapping[str, Any] | None = None) -> Step:
        """The step that an action would be. Inputs that the action does not read are ignored.

        Raises
        ------
        KeyError
            When the model does not have the action.
        """
        request = self.request(action, path, inputs)  # first: it may make room for new names
        return self.machine.step(self.state, request)

    def request(self, action: str, path: Path = (), inputs: Mapping[str, Any] | None = None) -> Request:
        """An action at a place by names, with inputs by their words."""
        numbers = inputs_by_number(self.rules[action], inputs or {})
        return Request(action, self._numbers(path), numbers)

    def commit(
        self,
        step: Step,
        attributes: Mapping[str, Mapping[str, Any]] | None = None,
        about: Mapping[str, Record] | None = None,
        ended: Mapping[str, Any] | None = None,
    ) -> None:
        """Take a step: records follow the state.

        `attributes` are those of records that it makes, by kind; `about` are the records that go first if some must
        go; `ended` are attributes of records that it ends.
        """
        layout, before = self.machine.layout, self.state
        self.state = step.state
        self.shown.clear()
        refusal = step.guard.otherwise.says if step.guard else ""
        ends = {"outcome": step.outcome, "refusal": refusal, **(ended or {})}
        for change in changes(layout, before, step.state):
            parts = self.names.parts(change.place)
            for name, names in self._ties.items():
                if change.variable.name in names:
                    kind = self.emulation.records[name]
                    depth = self.depth(kind)
                    inner = [p for p in self._paths(kind) if p[: len(parts)] == parts] if len(parts) < depth else []
                    for path in inner or [parts[:depth]]:
                        self._follow(kind, path, attributes or {}, ends, about or {})

    def act(self, action: str, path: Path = (), inputs: Mapping[str, Any] | None = None) -> Step:
        """Perform an action of the service, if its guards hold.

        Raises
        ------
        KeyError
            When the model does not have the action.
        """
        request = self.request(action, path, inputs)
        step = self.machine.step(self.state, request)
        if step.outcome != "refused" and action in self.emulation.awaited:
            step = self._fated(request, step)
        if step.outcome != "refused":
            self.noted(request, step)
            self.commit(step, ended=inputs)
            self.mirror()
        return step

    def _fated(self, request: Request, step: Step) -> Step:
        """The step that ends a task, or the one in which it fails on request, even if the rules let it succeed."""
        rule, reason = self.rules[request.action], self.fate()
        guard = next((guard for guard in rule.guards if guard.fails and guard.otherwise.id == reason), None)
        if guard is None:
            return step
        failing = replace(rule, guards=(replace(guard, condition=FALSE),))
        rules = tuple(failing if one is rule else one for one in self.model.rules)
        return Machine(replace(self.model, rules=rules), self.machine.scope).step(self.state, request)

    def noted(self, request: Request, step: Step) -> None:
        """Report a step to `watch`."""
        if self.watch is not None:
            self.watch(request, step)

    def settle(self) -> None:
        """Let everything end that ends by itself while a client waits."""
        for action in self.emulation.settles:
            if action in self.rules:
                for path in list(self.names.paths(len(self.rules[action].place))):
                    self.act(action, path)

    def advance(self, seconds: float) -> None:
        """Advance the clock; what has a date until then happens."""
        super().advance(seconds)
        due: list[tuple[datetime, str, Path]] = []
        from backup_slr.endpoint.backend.shown_values import shows_undated

        undated = datetime.fromtimestamp(self.emulation.undated, UTC) if self.emulation.undated else LAST
        for action, (attribute, kinds) in self.emulation.dated.items():
            for record in self.all_of(kinds[0]) if action in self.rules else ():
                date = record.attributes.get(attribute)
                if date is None and undated <= self.now and shows_undated(self, record):
                    date = undated
                if record.ended is None and isinstance(date, datetime) and date <= self.now:
                    due.append((date, action, record.path))
        for _, action, path in sorted(due):
            self.act(action, path)

    # ---------------------------------------------------------------- records

    def _follow(
        self,
        kind: RecordKind,
        path: Path,
        attributes: Mapping[str, Mapping[str, Any]],
        ends: Mapping[str, Any],
        about: Mapping[str, Record] | None = None,
    ) -> None:
        """Make or end records of a kind at a place, until there are as many as the state says."""
        assert kind.tie
        to = kind.tie.to
        wanted = (self.value(to, path) or 0) if isinstance(to, Count) else int(self.holds(to, path))
        live = self.at(kind.name, path)
        if kind.kept:
            live = tuple(record for record in live if record.ended is None)
        if wanted > len(live):
            self.make(kind, path, attributes.get(kind.name, {}), wanted - len(live))
        ending = list(live[: max(0, len(live) - wanted)])
        first = (about or {}).get(kind.name)
        if ending and first is not None and (first := self.current(first)) and first.path == path:
            ending = [first, *(record for record in ending if record.number != first.number)][: len(ending)]
        for record in ending:
            from backup_slr.endpoint.backend.shown_values import View

            view = View(self, path, ends, record)
            self.end(record, {**ends, **{name: view.show(shown) for name, shown in kind.at_end.items()}})

    def mirror(self) -> None:
        """Make the records of mirrored kinds say what the flags say."""
        for kind, mirror in self._mirrors:
            for path in list(self._paths(kind)):
                records = self.at(kind.name, path)
                saying = [record for record in records if record.attributes.get(mirror.attribute) == mirror.on]
                if self.value(mirror.variable, path) and not saying:
                    if records:
                        self.change(records[0], {mirror.attribute: mirror.on})
                    else:
                        self.make(kind, path, {mirror.attribute: mirror.on})
                elif saying and not self.value(mirror.variable, path):
                    for record in saying:
                        self.change(record, {mirror.attribute: mirror.off})

    # ---------------------------------------------------------------- whole accounts

    def snapshot(self) -> Snapshot:
        """Everything that the account is now."""
        return Snapshot(self.names, self.machine, self.state, dict(self.records), dict(self.counters), self.now)

    def restore(self, snapshot: Snapshot) -> None:
        """Put the account back to an earlier time."""
        self.shown.clear()
        self.names, self.machine, self.state = snapshot.names, snapshot.machine, snapshot.state
        self.records, self.counters, self.now = dict(snapshot.records), dict(snapshot.counters), snapshot.now


@lru_cache(maxsize=64)
def machine_of(model: Model, sizes: tuple[tuple[str, int], ...]) -> Machine:
    """The model at a size, without bounds of counts."""
    return Machine(model, Scope(dict(sizes), {v.name: None for v in model.state if isinstance(v, Count)}))


def ties(model: Model, emulation: Emulation) -> dict[str, frozenset[str]]:
    """The kinds that follow the state, each with the variables that it depends on; not those of absent extensions."""
    known = {variable.name for variable in model.state}
    found: dict[str, frozenset[str]] = {}
    for kind in emulation.records.values():
        if kind.tie is not None:
            to = kind.tie.to
            names = frozenset({to.name} if isinstance(to, Count) else {v.name for v in variables_in(to)})
            if names <= known:
                found[kind.name] = names
    return found


def inputs_by_number(rule: Rule, given: Mapping[str, Any]) -> dict[str, int]:
    """The numbers of the inputs that a rule reads."""
    found: dict[str, int] = {}
    for variable in rule.inputs:
        value = given.get(variable.name)
        if value is None:
            continue
        match variable:
            case Enum(values=values):
                found[variable.name] = values.index(value)
            case Flag():
                found[variable.name] = int(value)
    return found
