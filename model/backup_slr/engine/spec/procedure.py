"""How an operator performs actions with the API: calls, and lists whose elements they are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True)
class JsonText:
    """A parameter that is text in JSON, as data; ``{account}`` and ``{partition}`` in its strings are filled in."""

    json: Any


@dataclass(frozen=True)
class ApiCall:
    """One call of an API operation.

    `parameters` are those of the API; strings are filled in with `str.format`: names of places by their sorts, the
    elements of lists around the call, and ``account``. `tolerates` are the codes of errors that mean success.
    """

    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    tolerates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listing:
    """A call that lists what is there: `query` (JMESPath) yields the elements, each a list of one string.

    With `only` (a template), the elements that are equal to it.
    """

    call: ApiCall
    query: str
    only: str = ""


@dataclass(frozen=True)
class ForEach:
    """Do the same for each element of a list, called `name`, for which the list `where` is not empty."""

    listing: Listing
    name: str
    body: tuple[Deed, ...] = ()
    where: Listing | None = None


Deed: TypeAlias = ApiCall | ForEach


@dataclass(frozen=True)
class Procedure:
    """How to perform an action.

    If `deed` is a `ForEach`, it is repeated until its list is empty, and one with an empty body only waits for that.
    `replaces` shows what the deed replaces: it is saved before. `dates` lists when each element was created, where the
    deed cannot be undone: these are shown before, and no more elements are accepted than the plan knows. `note` says
    whose decision it is. `consent` is the option without which no script and no program does it.
    """

    deed: Deed
    replaces: Listing | None = None
    dates: Listing | None = None
    note: str = ""
    consent: str = ""

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations of all calls."""
        shows = [listing.call for listing in (self.replaces, self.dates) if listing]
        return tuple(call.operation for call in [*_calls(self.deed), *shows])


def _calls(deed: Deed) -> list[ApiCall]:
    if isinstance(deed, ApiCall):
        return [deed]
    where = [deed.where.call] if deed.where else []
    return [deed.listing.call, *where, *(call for part in deed.body for call in _calls(part))]


@dataclass(frozen=True)
class TaskCalls:
    """How to request and follow a task: the query of each result, and the values of the status.

    `check` fails with `missing` when the goal is reached.
    """

    begin: ApiCall
    task: str
    status: ApiCall
    state: str
    reason: str
    succeeded: str
    failed: str
    check: ApiCall
    missing: str


@dataclass(frozen=True)
class Operations:
    """The API as a plan needs it.

    Attributes
    ----------
    procedures
        How to perform each action; an action without one is for other people, or another tool.
    stop
        How to perform `Environment.stop` at a place.
    task
        How to reach the goal.
    identity, account
        The call that returns the account of the caller, and the query of its number and of an ARN in it, whose
        partition is that of all ARNs of the account.
    clients
        The name of a service for programs, where it is not its name in permissions.
    transient
        The codes of errors that may not occur later.
    regional
        The sort of places that is the Region of calls.
    warnings
        What undoes a plan, for the reader.
    """

    procedures: Mapping[str, Procedure]
    stop: Procedure
    task: TaskCalls
    identity: ApiCall
    account: str
    clients: Mapping[str, str]
    transient: tuple[str, ...]
    regional: str
    warnings: tuple[str, ...] = ()
