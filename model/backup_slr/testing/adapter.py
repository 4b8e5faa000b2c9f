"""An implementation beside the model: the same requests to both, and where they part.

Whoever has an implementation of the lifecycle (a fake of AWS, a client library, a simulator) writes an `Adapter` of a
few lines. `machine_for` then drives it at random, `suites` makes fixed tests, ``backup-slr mutate --oracle`` asks it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from backup_slr.core.rule import Rule
from backup_slr.core.scope import Layout, State, shown
from backup_slr.core.step import Machine, Request, Step
from backup_slr.core.variable import usual
from backup_slr.report.names import Names
from backup_slr.scenario.run import account_at

Parameters: TypeAlias = Mapping[str, "str | bool"]
"""What a request says: ``region``, ``vault``, the parameters and choices of its action, as a scenario file has them."""


@dataclass(frozen=True)
class Reply:
    """What an implementation answers: the outcome (done, refused, failed), and as far as it says it, why.

    What is None is not compared, for few implementations know the ids of our refusals.
    """

    outcome: str
    because: str | None = None
    error_code: str | None = None


class Adapter(Protocol):
    """What an implementation has to offer in order to be compared with the model."""

    def reset(self) -> None:
        """Begin with an empty account."""
        ...

    def perform(self, action: str, parameters: Parameters) -> Reply | str:
        """Do what an action says, and tell the outcome: as a `Reply`, or just as its word."""
        ...

    def observe(self) -> Mapping[str, Any]:
        """The account, with the keys of [account] in a scenario file; what is left out is not compared."""
        ...


def parameters_of(request: Request, rule: Rule, names: Names) -> dict[str, str | bool]:
    """A request of the model in the words of an adapter."""
    found: dict[str, str | bool] = {}
    if request.place:
        found["region"] = names.region(request.place)
    if len(request.place) > 1:
        found["vault"] = names.vault(request.place)
    for variable in rule.inputs:
        value = shown(variable, request.inputs.get(variable.name, usual(variable)))
        found[variable.name] = value if isinstance(value, bool) else str(value)
    return found


def divergence(step: Step, layout: Layout, names: Names, reply: Reply | str, account: Mapping[str, Any]) -> list[str]:
    """Sentences about what an implementation answers or holds and the model does not."""
    reply = Reply(reply) if isinstance(reply, str) else reply
    found: list[str] = []
    because = step.guard.otherwise.id if step.guard else None
    code = step.guard.shows_as if step.guard else None
    for what, said, expected in (
        ("the outcome", reply.outcome, step.outcome),
        ("the reason", reply.because, because),
        ("the error code", reply.error_code, code),
    ):
        if said is not None and said != expected:
            found.append(f"{what} should be {expected or 'none'}, and is {said}")
    return [*found, *_of_account(step.state, layout, names, account)]


def _of_account(state: State, layout: Layout, names: Names, account: Mapping[str, Any]) -> Iterable[str]:
    expected = account_at(layout, state, names)
    for key, value in account.items():
        if key not in expected:
            yield f"observe() tells of {key!r}, which is no key of an account: {', '.join(expected)}"
        elif (said := _comparable(value)) != (wanted := _comparable(expected[key])):
            yield f"{key} should be {wanted}, and is {said}"


def _comparable(value: Any) -> Any:
    """Lists whose order means nothing, sorted; vaults with their keys in order."""
    if isinstance(value, list | tuple | set | frozenset):
        return sorted((_comparable(v) for v in value), key=str)  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, Mapping):
        return dict(sorted(value.items()))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return value


def follow(adapter: Adapter, machine: Machine, names: Names, requests: Iterable[Request]) -> str | None:
    """The first divergence of an implementation from the model on the way of some requests, if there is one."""
    adapter.reset()
    state = machine.initial
    for number, request in enumerate(requests, 1):
        step = machine.step(state, request)
        rule = machine.model.rule(request.action)
        reply = adapter.perform(request.action, parameters_of(request, rule, names))
        if found := divergence(step, machine.layout, names, reply, adapter.observe()):
            return f"step {number}, {request.action}: {'; '.join(found)}"
        state = step.state
    return None
