"""The interface of an implementation under test: how it is created, called and closed.

The author of an implementation of the lifecycle (a fake of AWS, a client library, a simulator) writes an `Adapter` of a
few lines. `machine_for` then tests it with random requests, `suite` creates fixed tests, and ``backup-slr mutate
--oracle`` uses it as an oracle.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, cast

from backup_slr.engine.compile.naming import OUTCOMES
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import shown
from backup_slr.engine.core.step import Request
from backup_slr.engine.core.variable import usual
from backup_slr.errors import printable, quoted, unknown
from backup_slr.report.names import Names

Parameters: TypeAlias = Mapping[str, "str | bool"]
"""The inputs of a request: ``region``, ``vault``, the parameters and choices of its action, as in a scenario file."""


@dataclass(frozen=True)
class Reply:
    """The answer of an implementation: the outcome (done, refused, failed), and optionally the refusal and error code.

    None is not compared, because few implementations use the refusal ids of the model.
    """

    outcome: str
    because: str | None = None
    error_code: str | None = None


class Adapter(Protocol):
    """The interface that an implementation provides to be compared with the model.

    An adapter is created, reset, called and closed, in that order; it may be reset again at any time. Only one adapter
    is open at a time. It is closed by its method ``close()`` or as a context manager, if it has one of these. A
    function decorated with `contextlib.contextmanager` that yields an adapter also works, to set up and tear down
    global state (patched modules, a server).
    """

    def reset(self) -> None:
        """Start with an empty account."""
        ...

    def perform(self, action: str, parameters: Parameters) -> Reply | str:
        """Perform an action, and return a `Reply`, or only the outcome."""
        ...

    def observe(self) -> Mapping[str, Any]:
        """Return the account, with the keys of [account] in a scenario file; omitted keys are not compared."""
        ...


Opens: TypeAlias = "Callable[[], Adapter | AbstractContextManager[Adapter]]"
"""Creates an adapter, or a context manager that yields one."""


@contextmanager
def open_adapter(make: Opens) -> Generator[Adapter]:
    """Open an adapter, and close it after the block: as a context manager, or by its method ``close()``."""
    with ExitStack() as stack:
        made: Any = make()
        if hasattr(made, "__enter__"):
            made = stack.enter_context(made)
        elif hasattr(made, "close"):
            stack.callback(made.close)
        yield made


def reply_of(said: object) -> Reply:
    """The result of `Adapter.perform`, as a `Reply`; a `TypeError` if it is not a reply."""
    reply = Reply(said) if isinstance(said, str) else said
    if isinstance(reply, Reply) and reply.outcome in OUTCOMES:
        return reply
    wanted = ", ".join(map(repr, OUTCOMES))
    told = printable(repr(said), 200)
    raise TypeError(f"perform() must return {wanted} or a Reply with such an outcome; it returned {told}")


def account_of(seen: object, keys: Collection[str]) -> Mapping[str, Any]:
    """The result of `Adapter.observe`; a `TypeError` if it is not a mapping, or has an unknown key."""
    if not isinstance(seen, Mapping):
        told = printable(repr(seen), 200)
        raise TypeError(f"observe() must return a mapping with keys among {', '.join(keys)}; it returned {told}")
    account = cast(Mapping[Any, Any], seen)
    for key in account:
        if key not in keys:
            raise TypeError(f"observe() returned {quoted(key)}, which is not a key of an account: {', '.join(keys)}")
    return account


def parameters_of(request: Request, rule: Rule, names: Names) -> dict[str, str | bool]:
    """A request of the model as parameters of an adapter."""
    found: dict[str, str | bool] = {**names.document(request.place)}
    for variable in rule.inputs:
        value = shown(variable, request.inputs.get(variable.name, usual(variable)))
        found[variable.name] = value if isinstance(value, bool) else str(value)
    return found


def rules_of(model: Model, actions: Collection[str] | None) -> tuple[Rule, ...]:
    """The rules of some actions, or of all; a `ValueError` if an action is unknown, or none is given."""
    known = [rule.action for rule in model.rules]
    for action in actions or ():
        if action not in known:
            raise ValueError(unknown("action", action, known))
    found = tuple(rule for rule in model.rules if actions is None or rule.action in actions)
    if not found:
        raise ValueError("no action to test: omit `actions`, or name at least one")
    return found
