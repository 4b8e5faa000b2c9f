"""One step: a request in a state, its outcome, and the next state.

`Machine` is a model at a scope, with each rule compiled to a small Python function. It is pure: it reads no clock and
no random numbers; the choices of the environment are inputs of the request.

>>> from backup_slr.lifecycle import lifecycle, scope
>>> machine = Machine(lifecycle().assuming(), scope(regions=1, vaults=2, points=1))
>>> step = machine.step(machine.initial, Request("delete_service_linked_role"))
>>> step.outcome, step.guard.otherwise.id
('refused', 'no-such-role')
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from backup_slr.engine.compile.admission import Admission
from backup_slr.engine.compile.codegen import RuleSource, compiled
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Outcome
from backup_slr.engine.core.scope import Scope, State
from backup_slr.engine.core.variable import usual

Writes: TypeAlias = Sequence[tuple[int, int]]
"""Pairs of a cell and its new value, to be applied in order."""

Try: TypeAlias = Callable[..., tuple[int, Writes]]
"""A compiled rule: from state, place and inputs to the number of the guard that does not hold (-1: none) and writes."""


@dataclass(frozen=True)
class Request:
    """An action at a place with some inputs; omitted inputs have their defaults.

    `place` are the numbers of the Region and the vault; `inputs` maps names to 0 or 1, or to the number of the value. A
    machine checks the request, since places and inputs depend on its model and scope.
    """

    action: str
    place: tuple[int, ...] = ()
    inputs: Mapping[str, int] = field(default_factory=dict[str, int])

    def __post_init__(self) -> None:
        if type(self.place) is not tuple:
            raise TypeError(f"{self.action}: a place is a tuple of numbers, not {self.place!r}")
        if not isinstance(self.inputs, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"{self.action}: inputs are a mapping of names to numbers, not {self.inputs!r}")


class Step(NamedTuple):
    """The result of a request: outcome, the guard that did not hold (if any), and the next state."""

    outcome: Outcome
    guard: Guard | None
    state: State


class _Ready(NamedTuple):
    """A compiled action: its function, the places that are known to be valid, its default inputs, and its guards."""

    attempt: Try
    places: set[tuple[int, ...]]
    usual: tuple[int, ...]
    guards: tuple[Guard, ...]


class Machine:
    """A model under chosen assumptions (`Model.assuming`) at a scope; `step` defines its behavior.

    Raises `ValueError` when the assumptions of the model are not settled.
    """

    def __init__(self, model: Model, scope: Scope) -> None:
        model.needs_settled()
        self.model = model
        self.scope = scope
        self.layout = Layout(model, scope)
        self.initial = self.layout.initial
        self._admission = Admission(self.layout)
        self.arguments = self._admission.arguments
        self._width = self.layout.width
        self._ready: dict[str, _Ready] = {}
        self._guards: dict[str, Callable[..., list[bool]]] = {}

    def step(self, state: State, request: Request) -> Step:
        """Execute a request. A refused one does not change the state.

        Raises
        ------
        KeyError
            When the model has no such action.
        ValueError
            When the action has no such place, input or value, or when the state belongs to another scope.
        """
        ready = self._ready.get(request.action) or self._prepared(request.action)
        if request.place not in ready.places or len(state) != self._width:
            self._admission.state_and_place(state, request.action, request.place)
            ready.places.add(request.place)
        inputs = self.arguments(request.action, request.inputs) if request.inputs else ready.usual
        number, writes = ready.attempt(state, *request.place, *inputs)
        if number < 0:
            return Step("done", None, written(state, writes))
        guard = ready.guards[number]
        return Step("failed", guard, written(state, writes)) if guard.fails else Step("refused", guard, state)

    def failing(self, state: State, request: Request) -> list[Guard]:
        """Every guard that does not hold; the first one decides about `step`, which raises the same errors."""
        if self.step(state, request).guard is None:
            return []
        rule = self._admission.rules[request.action]
        if request.action not in self._guards:
            self._guards[request.action] = compiled(request.action, RuleSource(self.layout).guards(rule))
        inputs = self.arguments(request.action, request.inputs)
        hold = self._guards[request.action](state, *request.place, *inputs)
        return [guard for guard, holds in zip(rule.guards, hold, strict=True) if not holds]

    def _prepared(self, action: str) -> _Ready:
        rule = self._admission.rules[action]
        ready = _Ready(
            compiled(action, RuleSource(self.layout).text(rule)), set(), tuple(map(usual, rule.inputs)), rule.guards
        )
        return self._ready.setdefault(action, ready)

    def compiled(self, action: str) -> Try:
        """The compiled rule of an action; compiled on first use."""
        return (self._ready.get(action) or self._prepared(action)).attempt


def written(state: State, writes: Writes) -> State:
    """The state with cells replaced."""
    if not writes:
        return state
    cells = list(state)
    for cell, value in writes:
        cells[cell] = value
    return tuple(cells)
