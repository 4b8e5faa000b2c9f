"""An API as data, as an emulator answers it: operations, the actions that they perform, and what they show.

The model knows variables; clients see things with names, dates and ids. A *record* is such a thing. A kind of record
that is *tied* to a variable follows the state: it exists as often as the variable says. All other records exist from
the request that makes them to the request that ends them, and no rule depends on them.

A *template* is a string that is filled in with the parameters of the call, the names of its place by their sorts,
``account``, ``partition``, and the attributes of a record; a template of one name only is the value itself. Every
record has ``id``, ``number`` (from 1, for each kind), ``born`` and, if it ended, ``ended``. A template with a name that
has no value is left out of the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from backup_slr.engine.core.formula import Formula
from backup_slr.engine.core.variable import Count, Enum, Flag
from backup_slr.engine.spec.inventory import Showing

Shown: TypeAlias = Any
"""What an answer shows: a template, a formula or count of the model, one of the types below, or a dictionary or list of
these. A formula about a variable that the model does not have is left out."""


@dataclass(frozen=True)
class Word:
    """One of several words, chosen by a value: that of a variable of the model (by its name) or of a template."""

    of: Enum | str
    words: Mapping[str, Shown]
    otherwise: Shown = None


@dataclass(frozen=True)
class When:
    """Something that is shown only where a formula of the model holds."""

    holds: Formula
    then: Shown
    otherwise: Shown = None


@dataclass(frozen=True)
class Number:
    """The number of records of these kinds at the place of a record."""

    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Each:
    """The list of the records of some kinds, in the Region of the call; with `everywhere`, of the account.

    `where` maps attributes and parts of the place to what they must equal, or one of its elements; `filters` maps
    parameters of the call to members of the records: if the call has the parameter, the member must equal it. `shows`
    is what is shown of each record, by default its fields. Of records for which `distinct` is the same, one is shown:
    the last, if possible one that has not ended.
    """

    kinds: tuple[str, ...]
    where: Mapping[str, Shown] = field(default_factory=dict[str, Shown])
    filters: Mapping[str, str] = field(default_factory=dict[str, str])
    everywhere: bool = False
    shows: Shown = None
    distinct: str = ""


@dataclass(frozen=True)
class ByOuter:
    """A list with one element for each outermost element (a Region) that has records of a kind.

    Lists in `shows` are those of that element.
    """

    kind: str
    shows: Shown


@dataclass(frozen=True)
class Joined:
    """The elements of a list as one text."""

    elements: Shown
    between: str = ", "
    text: str = "{}"


@dataclass(frozen=True)
class DaysFromNow:
    """The date after this number of days (a template)."""

    days: str


@dataclass(frozen=True)
class Of:
    """The fields of the latest record of a kind at the place of the call, or of the one that the call is about.

    With `member`, one of them.
    """

    kind: str
    member: str = ""


@dataclass(frozen=True)
class Merged:
    """A table such as tags, after parameters of the call `added` entries and `removed` keys.

    With `listed`, it is shown as a list of keys and values.
    """

    old: Shown
    added: str = ""
    removed: str = ""
    listed: bool = False


@dataclass(frozen=True)
class Tie:
    """A record exists while a formula holds at its place, or as many exist as a variable counts there."""

    to: Formula | Count


@dataclass(frozen=True)
class Mirror:
    """Records of the kind say the same as a flag: it is set while at least one has this value of an attribute.

    Where the flag is set and no record says so, one is made; where it is not set, those that say so change.
    """

    variable: Flag
    attribute: str
    on: str
    off: str


@dataclass(frozen=True)
class RecordKind:
    """A kind of things that clients see.

    Attributes
    ----------
    name
        Its name.
    level
        The sort of the place where a record is; empty: the account.
    fields
        What clients see, by member of the answer.
    id
        The template of its id.
    tie, mirrors
        Its connection with the state, if any.
    kept
        A record that ended is still shown.
    at_end
        Attributes that are fixed when the record ends. The inputs of the request that ended it, its ``outcome`` and
        ``refusal`` are attributes as well.
    """

    name: str
    level: str
    fields: Mapping[str, Shown]
    id: str
    tie: Tie | None = None
    mirrors: Mirror | None = None
    kept: bool = False
    at_end: Mapping[str, Shown] = field(default_factory=dict[str, Shown])


@dataclass(frozen=True)
class ErrorAnswer:
    """An error: its code and message (a template), the HTTP status if it is not the usual one, and a second code."""

    code: str
    message: str
    status: int | None = None
    detail: str = ""


@dataclass(frozen=True)
class Find:
    """The record that a request is about: the one whose attributes, id or place have these values (templates).

    If there is none: the error `missing`; if that is the id of a refusal, the error of this refusal, once all guards of
    the action hold; if it is None, this case does not fit. Records that ended and are `kept` are found as well.
    """

    kind: str
    by: Mapping[str, str]
    missing: ErrorAnswer | str | None = None
    everywhere: bool = False


@dataclass(frozen=True)
class OperationCase:
    """One kind of request of an operation, and how it is answered.

    Attributes
    ----------
    shows
        The result. Members that the operation does not have are left out.
    when
        Conditions on the parameters of the call.
    finds
        The records that it is about.
    action, place, inputs
        The action that it performs, the names of its place (templates) and its inputs.
    also
        Further innermost elements at which the action is performed if it is possible there.
    unless_other
        The action is performed only if no other record of the kind of the first in `finds` has this value of an
        attribute.
    attributes
        For each kind: attributes of the record that the call makes, or is about.
    makes, ends
        The kinds without a tie of which the request makes a record, or ends the one that it is about.
    fails
        The error that always is the answer.
    codes
        The error codes of refusals for which no code is documented.
    """

    shows: Shown = field(default_factory=dict[str, Shown])
    when: tuple[Showing, ...] = ()
    finds: tuple[Find, ...] = ()
    action: str = ""
    place: tuple[str, ...] = ()
    inputs: Mapping[str, str | bool] = field(default_factory=dict[str, "str | bool"])
    also: Shown = ()
    unless_other: tuple[str, str] | None = None
    attributes: Mapping[str, Mapping[str, Shown]] = field(default_factory=dict[str, Mapping[str, Shown]])
    makes: str = ""
    ends: str = ""
    fails: ErrorAnswer | None = None
    codes: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class EmulatedOperation:
    """An operation: its cases, of which the first that fits is taken.

    `brings` is the action of the service whose end a client waits for with this operation.
    """

    operation: str
    cases: tuple[OperationCase, ...]
    brings: str = ""

    @property
    def service(self) -> str:
        """The service, as permissions name it."""
        return self.operation.partition(":")[0]


@dataclass(frozen=True)
class Emulation:
    """The API of a lifecycle.

    Attributes
    ----------
    operations
        By name.
    records
        By name.
    clients
        The name of a service for clients, where it is not its name in permissions.
    refusals
        For a refusal: the message (a template) and the second code of the error that clients see.
    denied
        For each service, the error of a caller without permission.
    reserved
        Names that break a pattern of the API and exist nevertheless.
    statuses
        The HTTP status of error codes that the API does not list.
    lags
        Patterns of the operations that can show an earlier state.
    settles
        The actions of the service that happen while a client waits, if they can.
    dated
        Actions of the service that happen on a date, each with the attribute that has the date, and the kinds of
        records that have it; it is about those of the first kind.
    undated
        The date (in seconds since 1970) that clients see where that of such an action is not known. It happens then.
    other_people
        Requests of others that can come between two calls of a client, each with its inputs.
    interfaces
        By the beginning of the name of a client program: inputs of every request that it sends.
    partitions
        By the beginning of the name of an outermost element: its partition in ARNs; that of the others is ``aws``.
    foreign, throttled
        For each service, the error of a call to an outermost element that does not exist, and of one call too many.
    """

    operations: Mapping[str, EmulatedOperation]
    records: Mapping[str, RecordKind]
    clients: Mapping[str, str]
    refusals: Mapping[str, tuple[str, str]]
    denied: Mapping[str, ErrorAnswer]
    reserved: tuple[str, ...] = ()
    statuses: Mapping[str, int] = field(default_factory=dict[str, int])
    lags: tuple[str, ...] = ()
    settles: tuple[str, ...] = ()
    dated: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict[str, "tuple[str, tuple[str, ...]]"])
    undated: int | None = None
    other_people: tuple[tuple[str, Mapping[str, str]], ...] = ()
    interfaces: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    partitions: Mapping[str, str] = field(default_factory=dict[str, str])
    foreign: Mapping[str, ErrorAnswer] = field(default_factory=dict[str, ErrorAnswer])
    throttled: Mapping[str, ErrorAnswer] = field(default_factory=dict[str, ErrorAnswer])

    @property
    def awaited(self) -> frozenset[str]:
        """The actions whose end a client waits for: they end tasks."""
        return frozenset(one.brings for one in self.operations.values() if one.brings)
