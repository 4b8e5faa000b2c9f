"""The rules and the oracle side by side: the same request in the same state, and whether they agree.

There are two methods. `Pair` puts a concrete state into both. `Undecided` is a state whose cells are decided only when
one of the two first reads them, and then once for each value of the cell. Cells that neither reads cannot matter, so a
few paths cover *every* state of the right types, at scopes with far too many states to list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product

from oracle import VALUES, Account, Outcome, Snapshot

from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import State
from backup_slr.engine.core.step import Machine, Request, Step
from backup_slr.engine.core.variable import Count, Enum
from backup_slr.lifecycle import lifecycle, scope
from backup_slr.lifecycle.vocabulary import description, role
from support.naive import Naive

Size = tuple[int, int, int | None]
Assumed = tuple[tuple[str, str], ...]
WORDS = {i.name: i.values for rule in lifecycle().rules for i in rule.inputs if isinstance(i, Enum)}


@cache
def settled(assumed: Assumed = ()) -> Model:
    """The lifecycle under some assumptions, defaults for the rest."""
    return lifecycle().assuming(dict(assumed))


@cache
def requests(size: Size) -> list[Request]:
    """Every action at every place with every parameter and choice."""
    return Naive(settled(), scope(*size)).requests


def asked_of_oracle(request: Request) -> Mapping[str, str | bool]:
    """The inputs of a request in the words of the oracle."""
    return {name: WORDS[name][x] if name in WORDS else bool(x) for name, x in request.inputs.items()}


def outcome(step: Step) -> Outcome:
    """The outcome of a step of the rules in the terms of the oracle."""
    return step.outcome, step.guard.otherwise.id if step.guard else None


# ---------------------------------------------------------------- concrete states


class Pair:
    """The rules as a machine, and the oracle's account, at one size and under the same assumptions."""

    def __init__(self, size: Size, assumed: Assumed = ()) -> None:
        self.machine = Machine(settled(assumed), scope(*size))
        self.account = Account(*size, dict(assumed))
        self.layout = self.machine.layout
        regions, vaults, _ = size
        cell = self.layout.cell
        self._efs = [cell("efs_automatic_backup", (r,)) for r in range(regions)]
        self._slots = [
            [tuple(cell(name, (r, v)) for name in ("vault", "points", "job")) for v in range(vaults)]
            for r in range(regions)
        ]
        self._wide = [cell(name) for name in ("role", "description", "cross_account")]

    def snapshot(self, state: State) -> Snapshot:
        """A state of the rules in the terms of the oracle."""
        r, d, c = (state[i] for i in self._wide)
        slots = tuple(tuple((bool(state[v]), state[p], bool(state[j])) for v, p, j in row) for row in self._slots)
        return role.values[r], description.values[d], bool(c), tuple(bool(state[i]) for i in self._efs), slots

    def states(self) -> Iterator[State]:
        """Every state of the right types in which an absent role has the default description."""
        role_cell, description_cell, _ = self._wide
        for state in product(*(range(self.layout.values(variable) or 0) for variable, _ in self.layout.cells)):
            if state[role_cell] or not state[description_cell]:
                yield state


# ---------------------------------------------------------------- states that are decided when they are read

AS_BEFORE = object()
"""Represents in the state after a step the unread value of a cell before it."""


class Undecided:
    """A state of the rules whose values are decided when they are first read, by `script`."""

    def __init__(self, layout: Layout, script: list[int]) -> None:
        self.layout = layout
        self.script = script
        self.values: dict[int, int] = {}
        self.assumed: dict[str, str] = {}
        self.options: list[int] = []

    def __getitem__(self, cell: int) -> int:
        if cell not in self.values:
            variable, _ = self.layout.cells[cell]
            values = self.layout.values(variable) or 0
            if variable == description and self[self.layout.cell("role")] == 0:
                values = 1  # an absent role has the default description
            self.values[cell] = self._one_of(values)
        return self.values[cell]

    def __iter__(self) -> Iterator[object]:
        return iter([AS_BEFORE] * self.layout.width)

    def __len__(self) -> int:
        return self.layout.width

    def assumption(self, name: str) -> str:
        """The value of an open assumption, decided in the same way."""
        if name not in self.assumed:
            self.assumed[name] = VALUES[name][self._one_of(len(VALUES[name]))]
        return self.assumed[name]

    def _one_of(self, options: int) -> int:
        look = len(self.options)
        self.options.append(options)
        if look == len(self.script):
            self.script.append(0)
        return self.script[look]

    def next_script(self) -> list[int] | None:
        """The script of the next path, if any."""
        script = self.script[:]
        while script and script[-1] + 1 == self.options[len(script) - 1]:
            script.pop()
        return [*script[:-1], script[-1] + 1] if script else None


def _kept_once(name: str) -> property:
    """An attribute of the account that is read from the undecided state."""
    return property(lambda self: self.read(name, ()), lambda self, value: self.write(name, (), value))


class _Row:
    """A list in the account, one level deep. It supports no other operation of lists, so that every access is seen."""

    def __init__(self, account: LookingAccount, name: str, place: tuple[int, ...], size: int) -> None:
        self.account, self.name, self.place, self.size = account, name, place, size

    def __getitem__(self, index: int) -> object:
        return self.account.read(self.name, (*self.place, index))

    def __setitem__(self, index: int, value: object) -> None:
        self.account.write(self.name, (*self.place, index), value)

    def __iter__(self) -> Iterator[object]:
        return (self[index] for index in range(self.size))


class _Assumptions(dict[str, str]):
    """The fixed assumptions; any other is decided by the undecided state when it is read."""

    def __init__(self, account: LookingAccount, fixed: Mapping[str, str]) -> None:
        super().__init__(fixed)
        self.account = account

    def __missing__(self, name: str) -> str:
        return self.account.state.assumption(name)


class LookingAccount(Account):
    """The oracle's account, with every variable read from an undecided state; written values are stored separately."""

    role = _kept_once("role")
    description = _kept_once("description")
    cross_account = _kept_once("cross_account")

    def __init__(self, size: Size, assumed: Assumed, layout: Layout, others_open: bool) -> None:
        self.layout = layout
        self.after: dict[int, int] = {}
        super().__init__(*size, dict(assumed))
        if others_open:
            self.assumptions = _Assumptions(self, dict(assumed))
        regions, vaults, _ = size
        self.efs = _Row(self, "efs_automatic_backup", (), regions)
        for name in ("vault", "points", "job"):
            setattr(self, name, [_Row(self, name, (r,), vaults) for r in range(regions)])

    def look_at(self, state: Undecided) -> None:
        """Start again from this state."""
        self.state = state
        self.after = {}

    def read(self, name: str, place: tuple[int, ...]) -> object:
        cell = self.layout.cell(name, place)
        value = self.after[cell] if cell in self.after else self.state[cell]
        variable, _ = self.layout.cells[cell]
        if isinstance(variable, Enum):
            return variable.values[value]
        return value if isinstance(variable, Count) else bool(value)

    def write(self, name: str, place: tuple[int, ...], value: object) -> None:
        cell = self.layout.cell(name, place)
        variable, _ = self.layout.cells[cell]
        self.after[cell] = variable.values.index(str(value)) if isinstance(variable, Enum) else int(value)  # type: ignore[call-overload]


@dataclass(frozen=True)
class Path:
    """A request in all states that agree in the cells that were read, and the result of each side."""

    request: Request
    cells: Mapping[int, int]
    assumed: Mapping[str, str]
    rules: tuple[Outcome, Mapping[int, int]]
    oracle: tuple[Outcome, Mapping[int, int]]

    @property
    def agree(self) -> bool:
        """Whether both sides have the same outcome, refusal, and content of all written cells."""
        return self.rules == self.oracle


def paths(
    size: Size,
    assumed: Assumed = (),
    model: Model | None = None,
    asked: Iterable[Request] | None = None,
    others_open: bool = False,
) -> Iterator[Path]:
    """All requests (or those `asked`) in every state of the right types.

    With `others_open`, the oracle is run under all values of the assumptions that are not among the `assumed`.
    """
    machine = Machine(model or settled(assumed), scope(*size))
    account = LookingAccount(size, assumed, machine.layout, others_open)
    for request in requests(size) if asked is None else asked:
        inputs = asked_of_oracle(request)
        script: list[int] | None = []
        while script is not None:
            state = Undecided(machine.layout, script)
            account.look_at(state)
            found = machine.step(state, request)  # type: ignore[arg-type]
            said = account.perform(request.action, *request.place, **inputs)  # type: ignore[arg-type]
            changed = {i: x for i, x in enumerate(found.state) if x is not AS_BEFORE}
            cells = sorted(changed.keys() | account.after.keys())
            ours = outcome(found), {c: changed[c] if c in changed else state[c] for c in cells}
            theirs = said, {c: account.after[c] if c in account.after else state[c] for c in cells}
            yield Path(request, state.values, state.assumed, ours, theirs)
            script = state.next_script()
