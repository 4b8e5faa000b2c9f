"""An inventory as data: the read-only calls that show an account, and the meaning of their answers.

A *path* names a member of an answer; ``[]`` after a name stands for each element of a list. The *place* of a fact names
an inner element, below the outermost one to which the call was sent:

===============  ===========================================================================
``Name``         the member of this name; of a call that is sent once, an outermost element
``@Arn``         the last part of the ARN in this member, and the outermost name in it
``@List[].Arn``  the same of each element of this list that is of the account
``$Argument``    an argument of the call
``/``            the account
(empty)          the element to which the call was sent; the account for a call that is sent once
===============  ===========================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias


@dataclass(frozen=True)
class ForEachElement:
    """A call is repeated for the elements of an earlier answer, and sends one member of each as an argument.

    Elements are omitted if the member `unless` has one of the values `unless_is`.
    """

    call: str
    items: str
    member: str
    argument: str
    unless: str = ""
    unless_is: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadCall:
    """A read-only call.

    Attributes
    ----------
    operation
        The permission that it needs, which names the operation: ``service:Operation``.
    service
        The name of the service in clients; empty: as in the permission.
    arguments
        Its fixed arguments; True is a flag.
    once
        It is sent once, not to each outermost element.
    optional
        Left out on request: there can be a very large number of answers.
    given
        An argument whose value is given on request; without a value, the call is left out.
    none
        The error codes that mean that nothing exists.
    alike
        A list of its answer, such as ``Clusters[]``, of which an inventory has only a number of alike elements.

    Examples
    --------
    >>> ReadCall("elasticfilesystem:DescribeFileSystems", "efs").command
    ('efs', 'describe-file-systems')
    """

    operation: str
    service: str = ""
    arguments: tuple[tuple[str, str | bool], ...] = ()
    each: ForEachElement | None = None
    once: bool = False
    optional: bool = False
    given: str = ""
    none: tuple[str, ...] = ()
    alike: str = ""

    @property
    def name(self) -> str:
        """The name of the operation in the API."""
        return self.operation.partition(":")[2]

    @property
    def command(self) -> tuple[str, str]:
        """The words of the command line: service and operation."""
        return self.service or self.operation.partition(":")[0], kebab(self.name)


How: TypeAlias = (
    Literal["is", "is not", "set", "not set", "own", "foreign", "denies", "does not deny", "denies some"]
    | Literal["past", "future", "past now", "future now"]
)


@dataclass(frozen=True)
class Showing:
    """A condition on one member of an element of an answer; a path that begins with ``/`` is from the whole answer.

    `how` compares it with the patterns in `values`, with the time of the inventory (``past``, ``future``) or of the
    question (``past now``, ``future now``), or with the number of the account (in an ARN), or reads it as a policy:
    ``denies`` means that it denies one of the operations in `values` to every caller without a condition, ``does not
    deny`` that it does not, and ``denies some`` that it denies one only to some callers, for some resources or under a
    condition. `resource` is the ARN of a place
    by its names, such as ``arn:*:a:{0}:*:b/{1}``: what a policy denies for other places does not count.
    """

    path: str
    how: How = "is"
    values: tuple[str, ...] = ()
    resource: str = ""

    def __str__(self) -> str:
        """As text: ``Locked is true``."""
        what = " or ".join(self.values)
        return f"{self.path} {WORDS.get(self.how, self.how)} {what}".rstrip()


WORDS = {
    "past": "is in the past",
    "future": "is in the future",
    "past now": "has passed by now",
    "future now": "has not passed by now",
    "own": "is of this account",
    "foreign": "is of another account",
    "set": "is set",
    "not set": "is not set",
    "denies": "denies to every caller",
    "does not deny": "does not deny to every caller",
    "denies some": "denies to some callers, for some resources or under a condition",
}


@dataclass(frozen=True)
class Exists:
    """The place exists, and the variable that records this is set."""

    variable: str


Variant: TypeAlias = tuple[str, tuple[Showing, ...]]
"""A name, and what the elements show that it is about."""


@dataclass(frozen=True)
class SetsValue:
    """The variable has this value; ``yes`` sets a flag. Of several values at one place that of the last fact counts.

    A `weak` value does not make the account need the extension of its variable. `once`: the elements with this value
    count as one in this count, because the rules have one such element at a time, and what happens to it to all. The
    `variant` is the variable of elements that show something more, if the rules have it.
    """

    variable: str
    value: str = "yes"
    weak: bool = False
    once: str = ""
    variant: Variant | None = None


@dataclass(frozen=True)
class CountsOne:
    """The element counts for the variable: one, or the number in a member. Calls that disagree are reported.

    Elements that another variable, `part_of`, counts too are taken from it if the rules have this one.
    """

    variable: str
    path: str = ""
    part_of: str = ""


@dataclass(frozen=True)
class ExceptHere:
    """The variable is set at every other place; only at places of facts of this kind it is not."""

    variable: str


@dataclass(frozen=True)
class EarliestDate:
    """The action of the service cannot have ended before the latest of these dates; never, if a date is missing.

    Without a path, the date is not known. The `variant` is the action of elements that show something more, if the
    rules have it.
    """

    action: str
    path: str = ""
    variant: Variant | None = None


@dataclass(frozen=True)
class OneRequest:
    """One request performs the action at the places of all elements of the answers to one call."""

    action: str


@dataclass(frozen=True)
class Identifies:
    """The argument of the call is the id of a thing of this kind at the place; see `RecordKind`."""

    kind: str


@dataclass(frozen=True)
class NeedsExtension:
    """The account needs this extension, although none of its variables has another value than in a new account."""

    extension: str


@dataclass(frozen=True)
class StartsWork:
    """Work starts at the times of a schedule: the members with its expression, its time zone and its name.

    `owner` is the path of the name of what has the schedule, from the whole answer.
    """

    path: str
    zone: str
    name: str
    owner: str


@dataclass(frozen=True)
class ShowsAssumption:
    """The account shows the value of an assumption."""

    assumption: str
    value: str


@dataclass(frozen=True)
class NotModeled:
    """The model does not represent it, unless the rules have a variable for it.

    `hides`: the element has no other effect, and other answers about its place have none. `harmless`: it cannot be
    why the goal is not reached.
    """

    hides: bool = False
    unless: str = ""
    harmless: bool = False


Effect: TypeAlias = (
    Exists
    | SetsValue
    | CountsOne
    | ExceptHere
    | EarliestDate
    | OneRequest
    | Identifies
    | NeedsExtension
    | StartsWork
    | ShowsAssumption
    | NotModeled
)


@dataclass(frozen=True)
class InventoryFact:
    """The meaning of the elements of an answer that satisfy all conditions.

    `items` is the path of the elements; empty: the answer itself.
    """

    call: str
    items: str
    effect: Effect
    says: str
    when: tuple[Showing, ...] = ()
    place: str = ""

    def paths(self) -> Iterator[str]:
        """Every path that is read, from the answer."""
        own = [condition.path for condition in self.when]
        own += [path] if (path := getattr(self.effect, "path", "")) else []
        own += [self.place.lstrip("@")] if self.place and self.place[0] not in "$/" else []
        own += [self.effect.zone, self.effect.name] if isinstance(self.effect, StartsWork) else []
        for path in own or [""]:
            yield path[1:] if path.startswith("/") else ".".join(filter(None, (self.items, path)))
        if isinstance(self.effect, StartsWork):
            yield self.effect.owner


@dataclass(frozen=True)
class Inventory:
    """The calls that show an account, and the meaning of their answers.

    Attributes
    ----------
    calls
        In the order in which they are sent.
    facts
        In the order in which they are applied to an element; a later value replaces an earlier one.
    identity
        The call and the path for the number of the account.
    outer
        The call and the paths for the outermost elements: the list, the name, and the member that says whether it is
        in use, with the values that mean that it is not.
    own
        The calls and the paths for ARNs of what always belongs to the account.
    home
        The outermost element to which calls are sent that are sent once.
    cut
        The members of an answer which say that it is one page of several.
    """

    calls: tuple[ReadCall, ...]
    facts: tuple[InventoryFact, ...]
    identity: tuple[str, str]
    outer: tuple[str, str, str, str, tuple[str, ...]]
    home: str
    cut: tuple[str, ...] = ()
    own: tuple[tuple[str, str], ...] = ()
    by_operation: dict[str, ReadCall] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the calls."""
        object.__setattr__(self, "by_operation", {kebab(call.name): call for call in self.calls})

    def permissions(self) -> tuple[str, ...]:
        """The permissions that the calls need."""
        return tuple(dict.fromkeys(call.operation for call in self.calls))

    def paths(self) -> dict[str, tuple[str, ...]]:
        """For each operation, the paths that are read in its answer."""
        call, items, name, used, _ = self.outer
        found: dict[str, dict[str, None]] = {self.identity[0]: {self.identity[1]: None}}
        found.setdefault(call, {}).update({f"{items}.{name}": None, f"{items}.{used}": None})
        for one in self.calls:
            if one.each is not None:
                members = filter(None, (one.each.member, one.each.unless))
                found.setdefault(one.each.call, {}).update({f"{one.each.items}.{m}": None for m in members})
        for operation, path in self.own:
            found.setdefault(operation, {})[path] = None
        for fact in self.facts:
            found.setdefault(fact.call, {}).update(dict.fromkeys(filter(None, fact.paths())))
        return {operation: tuple(paths) for operation, paths in found.items()}


def kebab(name: str) -> str:
    """A name of the API as the command line writes it.

    >>> kebab("ListBackupVaults"), kebab("AWSServiceName")
    ('list-backup-vaults', 'aws-service-name')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()
