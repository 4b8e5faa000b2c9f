"""What an implementation offers in order to be compared with the model, and how it is opened, asked and closed.

The author of an implementation of the lifecycle (a fake of AWS, a client library, a simulator) writes an `Adapter` of a
few lines. `machine_for` then drives it at random, `suite` makes fixed tests, ``backup-slr mutate --oracle`` asks it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, cast, get_args

from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Outcome, Rule
from backup_slr.engine.core.scope import shown
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import usual
from backup_slr.errors import printable, quoted, unknown
from backup_slr.report.names import Names

Parameters: TypeAlias = Mapping[str, "str | bool"]
"""What a request says: ``region``, ``vault``, the parameters and choices of its action, as a scenario file has them."""

OUTCOMES: tuple[str, ...] = get_args(Outcome)


@dataclass(frozen=True)
class Reply:
    """What an implementation answers: the outcome (done, refused, failed), and as far as it says it, why.

    What is None is not compared, for few implementations know the ids of our refusals.
    """

    outcome: str
    because: str | None = None
    error_code: str | None = None


class Adapter(Protocol):
    """What an implementation has to offer in order to be compared with the model.

    An adapter is made, reset, asked and closed, in that order; it may be reset again at any time. No two adapters are
    open at the same time. To be closed, an adapter has a method ``close()`` or is a context manager; a function
    decorated with `contextlib.contextmanager` that yields an adapter serves as well, so that an implementation with
    global state (patched modules, a server) can be set up and taken down around it.
    """

    def reset(self) -> None:
        """Begin with an empty account."""
        ...

    def perform(self, action: str, parameters: Parameters) -> Reply | str:
        """Do what an action says, and return the outcome: as a `Reply`, or just as its word."""
        ...

    def observe(self) -> Mapping[str, Any]:
        """Return the account, with the keys of [account] in a scenario file; what is left out is not compared."""
        ...


Opens: TypeAlias = "Callable[[], Adapter | AbstractContextManager[Adapter]]"
"""Makes an adapter, or a context manager that yields one."""


@contextmanager
def open_adapter(make: Opens) -> Generator[Adapter]:
    """An adapter, closed at the end of the block: as a context manager, or by its method ``close()`` if it has one."""
    with ExitStack() as stack:
        made: Any = make()
        if hasattr(made, "__enter__"):
            made = stack.enter_context(made)
        elif hasattr(made, "close"):
            stack.callback(made.close)
        yield made


def reply_of(said: object) -> Reply:
    """What `Adapter.perform` returned, as a `Reply`.

    Raises
    ------
    TypeError
        When it is none.
    """
    reply = Reply(said) if isinstance(said, str) else said
    if isinstance(reply, Reply) and reply.outcome in OUTCOMES:
        return reply
    wanted = ", ".join(map(repr, OUTCOMES))
    told = printable(repr(said), 200)
    raise TypeError(f"perform() must return {wanted} or a Reply with such an outcome; it returned {told}")


def account_of(seen: object, keys: Collection[str]) -> Mapping[str, Any]:
    """What `Adapter.observe` returned.

    Raises
    ------
    TypeError
        When it is no mapping, or has a key that no account has.
    """
    if not isinstance(seen, Mapping):
        told = printable(repr(seen), 200)
        raise TypeError(f"observe() must return a mapping with keys among {', '.join(keys)}; it returned {told}")
    account = cast(Mapping[Any, Any], seen)
    for key in account:
        if key not in keys:
            raise TypeError(f"observe() returned {quoted(key)}, which is no key of an account: {', '.join(keys)}")
    return account


def parameters_of(request: Request, rule: Rule, names: Names) -> dict[str, str | bool]:
    """A request of the model in the words of an adapter."""
    found: dict[str, str | bool] = {**names.document(request.place)}
    for variable in rule.inputs:
        value = shown(variable, request.inputs.get(variable.name, usual(variable)))
        found[variable.name] = value if isinstance(value, bool) else str(value)
    return found


def rules_of(model: Model, actions: Collection[str] | None) -> tuple[Rule, ...]:
    """The rules of some actions, or of all.

    Raises
    ------
    ValueError
        When an action is none of the model's, or there is none.
    """
    known = [rule.action for rule in model.rules]
    for action in actions or ():
        if action not in known:
            raise ValueError(unknown("action", action, known))
    found = tuple(rule for rule in model.rules if actions is None or rule.action in actions)
    if not found:
        raise ValueError("no action to ask for: leave out `actions`, or name at least one")
    return found
