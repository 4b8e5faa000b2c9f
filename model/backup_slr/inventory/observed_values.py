"""The values of variables that the facts of an inventory show."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from backup_slr.engine.spec.inventory import (
    CountsOne,
    EarliestDate,
    ExceptHere,
    Exists,
    Identifies,
    Inventory,
    InventoryFact,
    NeedsExtension,
    NotModeled,
    OneRequest,
    SetsValue,
    Showing,
    ShowsAssumption,
    StartsWork,
    Variant,
    kebab,
)
from backup_slr.errors import BadInput, quoted
from backup_slr.inventory.alike_elements import AlikeElements
from backup_slr.inventory.recorded_calls import RecordedCall
from backup_slr.inventory.typed_answers import denied, first, instant, steps, text, values
from backup_slr.scenario.starting_account import Place, ScheduledWork

LARGEST = 2**63 - 1
"""The largest number in the API."""
OLD = timedelta(days=1)
"""The age from which an inventory is old: no inventory takes so long."""


@dataclass
class ObservedValues:
    """Everything that facts showed so far; a value of a variable is a word, or a number of a count.

    `at` is the time of the inventory, `now` that of the question, with which dates are compared, and `account` the
    number of the account, if it is known. Of `undated` actions no date is known, and of `hidden` places nothing counts.
    """

    inventory: Inventory
    account: str
    at: datetime
    now: datetime
    existing: dict[Place, str] = field(default_factory=dict[Place, str])
    set_values: dict[tuple[str, Place], str] = field(default_factory=dict[tuple[str, Place], str])
    weak: set[tuple[str, Place]] = field(default_factory=set[tuple[str, Place]])
    counts: dict[tuple[str, Place], dict[str, int]] = field(default_factory=dict[tuple[str, Place], dict[str, int]])
    parts: dict[str, str] = field(default_factory=dict[str, str])
    once: dict[tuple[InventoryFact, Place], int] = field(default_factory=dict[tuple[InventoryFact, Place], int])
    modeled_by: dict[str, str] = field(default_factory=dict[str, str])
    harmless: set[str] = field(default_factory=set[str])
    excepted: dict[str, set[Place]] = field(default_factory=dict[str, set[Place]])
    dates: dict[tuple[str, Place], datetime | None] = field(default_factory=dict[tuple[str, Place], "datetime | None"])
    undated: set[tuple[str, Place]] = field(default_factory=set[tuple[str, Place]])
    variant_of: dict[str, str] = field(default_factory=dict[str, str])
    hidden: set[Place] = field(default_factory=set[Place])
    extensions: set[str] = field(default_factory=set[str])
    assume: dict[str, str] = field(default_factory=dict[str, str])
    schedules: list[ScheduledWork] = field(default_factory=list[ScheduledWork])
    together: dict[str, dict[tuple[str, ...], set[Place]]] = field(
        default_factory=dict[str, dict[tuple[str, ...], set[Place]]]
    )
    ids: dict[tuple[str, Place], dict[str, None]] = field(default_factory=dict[tuple[str, Place], "dict[str, None]"])
    not_modeled: dict[tuple[Place, str], int] = field(default_factory=dict[tuple[Place, str], int])

    def __post_init__(self) -> None:
        """Prepare the facts: for each operation its lists, each with the facts about their elements."""
        self.facts: dict[str, dict[str, list[InventoryFact]]] = {}
        for fact in self.inventory.facts:
            lists = self.facts.setdefault(kebab(fact.call.partition(":")[2]), {})
            lists.setdefault(f"{fact.items} {fact.place}", []).append(fact)
        effects = [fact.effect for fact in self.inventory.facts if isinstance(fact.effect, SetsValue)]
        self.ranks = {(effect.variable, effect.value): rank for rank, effect in enumerate(effects)}

    def add(self, call: RecordedCall, answer: Any) -> None:
        """Apply the facts about an answer. Raises `BadInput` when a name, a number or a date in it is none."""
        for facts in self.facts.get(call.operation, {}).values():
            self._count_nothing(call, facts)
            elements, alike = values(answer, steps(facts[0].items)), AlikeElements.of(facts)
            numbered = alike.joined(elements, self.at) if alike else ((e, getattr(e, "alike", 1)) for e in elements)
            for item, number in numbered:
                _Element(self, call, answer, item, number).apply(facts)

    def join(self, numbers: dict[tuple[str, Place], int], known: Set[str]) -> None:
        """Count the elements with a value of which the rules have one at a time as one, and report that.

        `known` are the variables of the rules. What the rules count in parts is left as it is.
        """
        parts = {whole for part, whole in self.parts.items() if part in known}
        for (fact, place), number in self.once.items():
            effect = fact.effect
            assert isinstance(effect, SetsValue)
            counts = self.set_values.get((effect.variable, place)) == effect.value and effect.once not in parts
            if number > 1 and counts and effect.variable in known:
                numbers[effect.once, place] -= number - 1
                told = f"{fact.says}: the model has one, which stands for all of them"
                self.not_modeled[place, told] = number
                self.harmless.add(told)

    def set_value(self, variable: str, place: Place, value: str) -> None:
        """Set a value; of several that of the last fact counts, and that there are several is reported."""
        before = self.set_values.get((variable, place), value)
        if before != value:
            both = sorted((before, value), key=lambda one: self.ranks[variable, one])
            if place:
                told = f"several values of {variable} ({' and '.join(both)}): the model represents only {both[1]}"
                self.not_modeled.setdefault((place, told), 1)
            value = both[1]
        self.set_values[variable, place] = value

    def set_date(self, action: str, place: Place, date: datetime | None) -> None:
        """Set a date; of several the latest counts, and none if one is missing."""
        before = self.dates.get((action, place), date)
        self.dates[action, place] = None if date is None or before is None else max(date, before)

    def settle(self, known: Container[str]) -> None:
        """Count variants that the rules do not have for what they are variants of."""
        for variant, name in self.variant_of.items():
            if variant in known:
                continue
            for (found, place), value in list(self.set_values.items()):
                if found == variant:
                    self.set_value(name, place, value)
            for (found, place), date in list(self.dates.items()):
                if found == variant:
                    self.set_date(name, place, date)
            self.undated |= {(name, place) for found, place in self.undated if found == variant}

    def _count_nothing(self, call: RecordedCall, facts: Sequence[InventoryFact]) -> None:
        """Record that a list about one place was read, even if it is empty."""
        for fact in facts:
            if isinstance(fact.effect, CountsOne) and fact.place.startswith("$"):
                self.counts.setdefault((fact.effect.variable, (call.outer, *call.values)), {})[call.operation] = 0


@lru_cache(maxsize=4096)
def matches(value: str, patterns: tuple[str, ...]) -> bool:
    """Whether a value is one of the patterns."""
    return any(fnmatchcase(value, pattern) for pattern in patterns)


@dataclass(slots=True)
class _Element:
    """One element of an answer, and the number of elements that it stands for."""

    seen: ObservedValues
    call: RecordedCall
    answer: Any
    item: Any
    alike: int

    def apply(self, facts: Sequence[InventoryFact]) -> None:
        for fact in facts:
            if fact.when and not all(map(self.holds, fact.when)):
                continue
            for place in self.places(fact.place):
                self.effect(fact, place)
                if isinstance(fact.effect, NotModeled) and fact.effect.hides:
                    self.seen.hidden.add(place)
                    return

    def effect(self, fact: InventoryFact, place: Place) -> None:
        seen = self.seen
        match fact.effect:
            case Exists(variable):
                seen.existing[place] = variable
            case SetsValue(variable, value, weak=weak, once=once, variant=variant):
                variable = self.named(variable, variant)
                seen.set_value(variable, place, value)
                if weak:
                    seen.weak.add((variable, place))
                if once:
                    seen.once[fact, place] = seen.once.get((fact, place), 0) + self.alike
            case CountsOne(variable, path, part_of):
                if part_of:
                    seen.parts[variable] = part_of
                number = self.number(path) if path else 1
                totals = seen.counts.setdefault((variable, place), {})
                totals[self.call.operation] = totals.get(self.call.operation, 0) + number * self.alike
            case ExceptHere(variable):
                seen.excepted.setdefault(variable, set()).add(place)
            case EarliestDate(action, path="", variant=variant):
                seen.undated.add((self.named(action, variant), place))
            case EarliestDate(action, path, variant):
                seen.set_date(self.named(action, variant), place, self.date(path))
            case OneRequest(action):
                seen.together.setdefault(action, {}).setdefault((self.call.outer, *self.call.values), set()).add(place)
            case Identifies(kind):
                seen.ids.setdefault((kind, place), {})[self.call.values[-1]] = None
            case NeedsExtension(extension):
                seen.extensions.add(extension)
            case StartsWork(path, zone, name, owner):
                found = (first(self.item, path), first(self.item, zone), first(self.item, name))
                words = [str(one or "") for one in (*found, first(self.answer, owner))]
                seen.schedules.append(ScheduledWork(place, fact.says, *words))
            case ShowsAssumption(assumption, value):
                seen.assume[assumption] = value
            case NotModeled(unless=variable, harmless=harmless):
                if variable:
                    seen.modeled_by[fact.says] = variable
                if harmless:
                    seen.harmless.add(fact.says)
                seen.not_modeled[place, fact.says] = seen.not_modeled.get((place, fact.says), 0) + self.alike

    def named(self, name: str, variant: Variant | None) -> str:
        """The variable or the action of this element."""
        if variant is None or not all(map(self.holds, variant[1])):
            return name
        self.seen.variant_of[variant[0]] = name
        return variant[0]

    # ------------------------------------------------------------ members

    def first(self, path: str) -> Any:
        return first(self.answer, path[1:]) if path.startswith("/") else first(self.item, path)

    def fail(self, path: str, wrong: object, wanted: str) -> BadInput:
        message = f"not an answer of {self.call.operation}: {path} is {quoted(wrong)}, not {wanted}"
        return BadInput(message, *self.call.where)

    def name(self, path: str) -> str:
        name = self.first(path)
        if not isinstance(name, str) or not name or "\0" in name:
            raise self.fail(path, name, "a name")
        return name

    def number(self, path: str) -> int:
        found = self.first(path)
        found = 0 if found is None else found
        if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= LARGEST:
            raise self.fail(path, found, "a number of elements")
        return found

    def date(self, path: str) -> datetime | None:
        found = self.first(path)
        date = None if found is None else instant(found)
        if found is not None and date is None:
            raise self.fail(path, found, "a date")
        return date

    def arn(self, path: str) -> list[str]:
        arn = self.name(path)
        parts = arn.split(":", 6)
        if len(parts) < 6:
            raise self.fail(path, arn, "an ARN")
        return parts

    def places(self, said: str) -> Iterator[Place]:
        """The places that a fact is about."""
        if not said.startswith("@") or "[]" not in said:
            yield self.place(said)
            return
        for arn in values(self.item, steps(said[1:])):
            parts = str(arn).split(":", 6)
            if len(parts) < 6:
                raise self.fail(said[1:], arn, "an ARN")
            if not self.seen.account or parts[4] == self.seen.account:
                yield parts[3], parts[-1]

    def place(self, said: str) -> Place:
        """The one place that a fact is about."""
        once = self.seen.inventory.by_operation[self.call.operation].once
        if said == "/" or (once and not said):
            return ()
        if once:
            return (self.name(said),)
        if said.startswith("$"):
            return self.call.outer, *self.call.values
        if said.startswith("@"):
            if self.first(said[1:]) is None:
                return (self.call.outer,)
            parts = self.arn(said[1:])
            return parts[3], parts[-1]
        return (self.call.outer, self.name(said)) if said else (self.call.outer,)

    # ------------------------------------------------------------ conditions

    def holds(self, showing: Showing) -> bool:
        path, seen = showing.path, self.seen
        match showing.how:
            case "is" | "is not":
                found = self.first(path)
                some = found is not None and matches(text(found), showing.values)
                return some == (showing.how == "is")
            case "set" | "not set":
                return (self.first(path) is not None) == (showing.how == "set")
            case "past" | "future":
                date = self.date(path)
                return date is not None and (date <= seen.at) == (showing.how == "past")
            case "past now" | "future now":
                date = self.date(path)
                return date is not None and (date <= seen.now) == (showing.how == "past now")
            case "own" | "foreign":
                if self.first(path) is None:
                    return False
                own = not seen.account or self.arn(path)[4] == seen.account
                return own == (showing.how == "own")
            case "denies" | "does not deny" | "denies some":
                policy = self.name(path)
                try:
                    every, some = denied(policy, showing.values, showing.resource, (self.call.outer, *self.call.values))
                except (ValueError, KeyError, RecursionError):
                    raise self.fail(path, policy, "a policy") from None
                return some and not every if showing.how == "denies some" else every == (showing.how == "denies")
