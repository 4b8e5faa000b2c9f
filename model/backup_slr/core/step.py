"""One request on one state: what happens, why, and what is different afterwards.

`Machine` is a model taken at a scope, with each rule compiled to a small Python function. It is pure: no clock, no
random number; what the environment chooses is an input of the request.

>>> from backup_slr.lifecycle import lifecycle, scope
>>> machine = Machine(lifecycle().assuming(), scope(regions=1, vaults=2, points=1))
>>> step = machine.step(machine.initial, Request("delete_service_linked_role"))
>>> step.outcome, step.guard.otherwise.id
('refused', 'no-such-role')
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import NamedTuple, TypeAlias

from backup_slr.core.emit import compiled, source
from backup_slr.core.formula import TRUE, Element, Formula
from backup_slr.core.ground import Ground
from backup_slr.core.rule import Guard, Model, Outcome, Rule
from backup_slr.core.scope import Layout, Scope, State
from backup_slr.core.variable import Count, Effect, Enum, Flag, Variable, usual

UNROLLED = 64
"""Quantifiers over at most so many places are spelled out in the compiled text; longer ones become loops."""

Writes: TypeAlias = Sequence[tuple[int, int]]
"""Pairs of a cell and its new value, to be applied in order."""

Try: TypeAlias = Callable[..., tuple[int, Writes]]
"""A compiled rule: from state, place and inputs to the number of the guard that does not hold (-1: none) and writes."""


@dataclass(frozen=True)
class Request:
    """An action tried at a place with certain inputs; inputs that are not given have their defaults.

    `place` are the numbers of the Region and the vault; `inputs` maps names to 0 and 1 or the number of the value.
    """

    action: str
    place: tuple[int, ...] = ()
    inputs: Mapping[str, int] = field(default_factory=dict[str, int])


class Step(NamedTuple):
    """What happened: the outcome, the guard that did not hold if one did not, and the state afterwards."""

    outcome: Outcome
    guard: Guard | None
    state: State


class Machine:
    """A model, its assumptions settled (`Model.assuming`), at a scope; `step` is its meaning."""

    def __init__(self, model: Model, scope: Scope) -> None:
        self.model = model
        self.scope = scope
        self.layout = Layout(model, scope)
        self.initial = self.layout.initial
        self._rules = {rule.action: rule for rule in model.rules}
        self._usual = {rule.action: tuple(map(usual, rule.inputs)) for rule in model.rules}
        self._tries: dict[str, Try] = {}

    def step(self, state: State, request: Request) -> Step:
        """Try a request. A refused one leaves the state as it is.

        Raises
        ------
        KeyError
            When the model has no such action.
        """
        action = request.action
        inputs = self.arguments(action, request.inputs) if request.inputs else self._usual[action]
        number, writes = (self._tries.get(action) or self.compiled(action))(state, *request.place, *inputs)
        if number < 0:
            return Step("done", None, written(state, writes))
        guard = self._rules[action].guards[number]
        return Step("failed", guard, written(state, writes)) if guard.fails else Step("refused", guard, state)

    def compiled(self, action: str) -> Try:
        """The compiled rule of an action, made when it is first asked for."""
        found = self._tries.get(action)
        if found is None:
            found = self._tries[action] = compiled(action, self.text(self._rules[action]))
        return found

    def arguments(self, action: str, inputs: Mapping[str, int]) -> tuple[int, ...]:
        """The inputs of an action in the order of its rule, defaults filled in."""
        return tuple(inputs.get(i.name, usual(i)) for i in self._rules[action].inputs)

    def text(self, rule: Rule) -> str:
        """The Python source of a rule at this scope."""
        names = ["_state", *(p.name for p in rule.place), *(i.name for i in rule.inputs)]
        lines = [f"def {rule.action}({', '.join(names)}):"]
        for number, guard in enumerate(rule.guards):
            lines.append(f"    if not {self._formula(guard.condition)}:")
            result = self._result(number, rule.on_failure if guard.fails else (), rule.guards[:number])
            lines += (f"    {line}" for line in result)
        return "\n".join([*lines, *self._result(-1, rule.effects, rule.guards)])

    def _result(self, number: int, effects: tuple[Effect, ...], passed: tuple[Guard, ...]) -> list[str]:
        """Lines that return the number with what the effects write, all read from the old state.

        Where the guards that were passed already say that an effect happens, the text does not ask again.
        """
        known = {guard.condition for guard in passed} | {TRUE}
        if all(e.happens in known and not e.each for e in effects):
            pairs = "".join(f"{self._pair(e)}, " for e in effects)
            return [f"    return {number}, ({pairs})"]
        lines = ["    _writes = []"]
        for effect in effects:
            # A generator keeps its names to itself: one may be the name of the place of the rule.
            loops = "".join(f" for {p.name} in range({self.scope.size(p.sort)})" for p in effect.each)
            condition = self._formula(effect.happens)
            if loops:
                lines.append(f"    _writes.extend({self._pair(effect)}{loops} if {condition})")
            else:
                lines.append(f"    if {condition}: _writes.append({self._pair(effect)})")
        return [*lines, f"    return {number}, _writes"]

    def _pair(self, effect: Effect) -> str:
        cell = self._reader.cell(effect.variable)
        value = f"_state[{cell}] + {effect.value}" if isinstance(effect.variable, Count) else str(effect.value)
        return f"({cell}, {value})"

    def _formula(self, formula: Formula) -> str:
        places = prod(self.scope.size(sort) for sort in self.layout.chain)
        short = Ground(self.scope)(formula) if places <= UNROLLED else formula
        return source(short, self._reader, self.scope)

    @cached_property
    def _reader(self) -> _Cells:
        return _Cells(self.layout)


@dataclass(frozen=True)
class _Cells:
    """Reads variables from the tuple `_state`, and inputs from the arguments of the same name."""

    layout: Layout

    def cell(self, variable: Variable) -> str:
        fixed, factors = self.layout.affine(variable.name)
        terms: list[str] = []
        for index, factor in zip(variable.at, factors, strict=True):
            if isinstance(index, Element):
                fixed += index.index * factor
            else:
                terms.append(f"{index.name} * {factor}")
        return " + ".join([*terms, str(fixed)])

    def _value(self, variable: Variable) -> str:
        return f"_state[{self.cell(variable)}]" if variable.kind == "state" else variable.name

    def flag(self, flag: Flag) -> str:
        return self._value(flag)

    def equals(self, variable: Enum, value: int) -> str:
        return f"({self._value(variable)} == {value})"

    def at_most(self, count: Count, number: int) -> str:
        return f"({self._value(count)} <= {number})"

    def together(self, parts: Sequence[Formula], all_of: bool) -> tuple[list[str], list[Formula]]:
        return [], list(parts)


def written(state: State, writes: Writes) -> State:
    """The state with cells replaced."""
    if not writes:
        return state
    cells = list(state)
    for cell, value in writes:
        cells[cell] = value
    return tuple(cells)
