"""Read an inventory as the account in which explorations and plans start."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from backup_slr.engine.core.variable import Count, Enum, Flag
from backup_slr.engine.spec.inventory import ExceptHere, Exists, Inventory, SetsValue, kebab
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import BadInput, printable, quoted
from backup_slr.inventory.observed_values import OLD, ObservedValues
from backup_slr.inventory.recorded_calls import APART, RecordedCall, recorded_calls
from backup_slr.inventory.typed_answers import steps, values
from backup_slr.scenario.account_codec import account_format
from backup_slr.scenario.starting_account import Observation, Place, Remark, StartingAccount

ERROR = re.compile(r"\((\w+)\)")


def load_inventory(file: str | Path, lifecycle: Lifecycle, now: datetime | None = None) -> StartingAccount:
    """Read the account of an inventory: a file that `collect` wrote, or a folder of answers of the AWS CLI.

    Parameters
    ----------
    file
        The file or the folder.
    lifecycle
        The rules; they are composed with the extensions that the account needs.
    now
        The present time, with which dates are compared, to report an old inventory too; by default that of the clock.

    Raises
    ------
    BadInput
        When it is no inventory, is cut off, or is about two accounts.

    Examples
    --------
    >>> from backup_slr.lifecycle import BACKUP
    >>> from backup_slr.scenario.examples import examples
    >>> start = load_inventory(examples() / "inventories" / "small.json", BACKUP)
    >>> start.lifecycle.composed_of
    ('access-policy', 'backup-plans')
    """
    inventory = lifecycle.inventory
    if inventory is None:
        raise BadInput(f"no inventory of {lifecycle.name} is defined: write the account as a TOML file", str(file))
    return _Reader(str(file), lifecycle, inventory, recorded_calls(file, inventory)).account(now or datetime.now(UTC))


@dataclass
class _Reader:
    file: str
    lifecycle: Lifecycle
    inventory: Inventory
    calls: list[RecordedCall]
    answers: dict[str, list[tuple[RecordedCall, Any]]] = field(
        default_factory=dict[str, list[tuple[RecordedCall, Any]]]
    )
    unknown: list[Remark] = field(default_factory=list[Remark])
    failed: dict[tuple[str, str, str], int] = field(default_factory=dict[tuple[str, str, str], int])
    partial: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    done: set[tuple[str, str, tuple[str, ...]]] = field(default_factory=set[tuple[str, str, tuple[str, ...]]])

    def account(self, now: datetime) -> StartingAccount:
        times = [call.at for call in self.calls]
        if not times:
            raise BadInput("an inventory without calls; collect it again", self.file)
        seen = ObservedValues(self.inventory, "", max(times), max(now, *times))
        self._sort(seen)
        seen.account = self._identity()
        for answers in self.answers.values():
            for call, answer in answers:
                if not self._unwanted(call):
                    seen.add(call, answer)
        outer = self._outer()
        self._complete(outer)
        self._age(now, min(times), max(times))
        return self._made(seen, outer, (min(times), max(times)))

    def _sort(self, seen: ObservedValues) -> None:
        """Sort the answers by operation; remember the calls that failed."""
        strange = dict[str, int]()
        for call in self.calls:
            if not call.operation:
                continue
            known = self.inventory.by_operation.get(call.operation)
            if known is None:
                strange[call.operation] = strange.get(call.operation, 0) + 1
                continue
            place = "" if known.once else call.outer
            error = ERROR.search(call.error)
            if call.answer is None and (error is None or error[1] not in known.none):
                why = error[1] if error else "no answer"
                key = (place, call.operation, why)
                self.failed[key] = self.failed.get(key, 0) + 1
            self.done.add((place, call.operation, call.values))
            if (answer := call.answer) is not None:
                self.answers.setdefault(call.operation, []).append((call, answer))
                if any(getattr(answer, name, None) for name in self.inventory.cut):
                    self._unknown(place, "the answer is only one page of several", call.operation)
        for operation, number in strange.items():
            seen.not_modeled[(), f"{operation}: answers of this call are not read"] = number

    def _unknown(self, outer: str, says: str, operation: str = "") -> None:
        """Report something that was not read; without an operation, nothing was."""
        self.partial.add((outer, operation))
        remark = Remark((outer,) if outer else (), f"{operation}: {says}" if operation else says)
        if remark not in self.unknown:
            self.unknown.append(remark)

    def _of(self, operation: str) -> list[tuple[RecordedCall, Any]]:
        return self.answers.get(kebab(operation.partition(":")[2]), [])

    def _identity(self) -> str:
        operation, path = self.inventory.identity
        found = {str(v): call for call, answer in self._of(operation) for v in values(answer, steps(path))}
        account = next(iter(found), "")
        for operation, path in self.inventory.own:
            for call, answer in self._of(operation):
                arns = (str(arn).split(":") for arn in values(answer, steps(path)))
                for number in (parts[4] for parts in arns if len(parts) > 5 and parts[4].isdigit()):
                    found.setdefault(number, call)
        if len(found) > 1:
            one, other = map(quoted, list(found)[:2])
            where = list(found.values())[1].where
            raise BadInput(f"two accounts are mixed: {one} and {other}; {APART}", *where)
        return account

    def _unwanted(self, call: RecordedCall) -> bool:
        """Whether the call was repeated for an element that it should not have been sent for."""
        return bool(call.values) and self._elements.get(call.operation, {}).get((call.outer, call.values[0]), False)

    @cached_property
    def _elements(self) -> dict[str, dict[tuple[str, str], bool]]:
        """For each repeated operation its elements, by outermost element and name, and whether they are omitted."""
        found: dict[str, dict[tuple[str, str], bool]] = {}
        for one in self.inventory.calls:
            if (each := one.each) is None:
                continue
            mine = found.setdefault(kebab(one.name), {})
            for call, answer in self._of(each.call):
                for item in values(answer, steps(each.items)):
                    omitted = bool(each.unless) and any(v in each.unless_is for v in values(item, steps(each.unless)))
                    mine |= {(call.outer, str(v)): omitted for v in values(item, steps(each.member))}
        return found

    # ------------------------------------------------------------ completeness

    def _outer(self) -> dict[str, bool]:
        """The outermost elements, each with whether it is in use."""
        operation, items, name, used, unused = self.inventory.outer
        found: dict[str, bool] = {}
        for _, answer in self._of(operation):
            for item in values(answer, steps(items)):
                called = [str(v) for v in values(item, steps(name))]
                in_use = not any(v in unused for v in values(item, steps(used)))
                found |= dict.fromkeys(called, in_use)
        if not found:
            noun = self.lifecycle.sorts[0].noun
            self._unknown("", f"{kebab(operation.partition(':')[2])}: which {noun}s are in use")
        off = [called for called, in_use in found.items() if not in_use]
        if off:
            noun = self.lifecycle.sorts[0].noun
            why = "they may hold what was made before they were turned off"
            self._unknown("", f"{noun}s that are not in use: {', '.join(map(printable, off))} ({why})")
        once = {kebab(call.name) for call in self.inventory.calls if call.once}
        for call in self.calls:
            if call.operation not in once and call.operation:
                found.setdefault(call.outer, True)
        return found

    def _complete(self, outer: dict[str, bool]) -> None:
        """Report what was not read."""
        answered = {call.outer for answers in self.answers.values() for call, _ in answers}
        for (place, operation, why), number in self.failed.items():
            if place and place not in answered:
                self._unknown(place, f"no call had an answer: {why}")
                continue
            times = f" ({number} calls)" if number > 1 else ""
            self._unknown(place, f"{why}{times}", operation)
        asked, sent = {place for place, _, _ in self.done}, {operation for _, operation, _ in self.done}
        for call in self.inventory.calls:
            if call.once and not call.given and kebab(call.name) not in sent:
                self._unknown("", "no answer", kebab(call.name))
        for place, in_use in outer.items():
            if in_use and place not in asked:
                self._unknown(place, "no answers at all")
            elif in_use:
                for operation, says in dict.fromkeys(self._missing(place)):
                    self._unknown(place, says, operation)

    def _missing(self, place: str) -> Iterator[tuple[str, str]]:
        for call in self.inventory.calls:
            name = kebab(call.name)
            if call.once:
                continue
            wanted = [tuple(v for _, v in call.arguments if isinstance(v, str))]
            if call.each is not None:
                elements = self._elements[name].items()
                wanted = [(element,) for (outer, element), omitted in elements if outer == place and not omitted]
            missing = [v for v in wanted if (place, name, v) not in self.done and (place, name, ()) not in self.done]
            if missing and call.each is not None:
                yield name, f"no answer about {len(missing)} of {len(wanted)}"
            elif missing:
                yield name, "no answer"

    def _age(self, now: datetime, begin: datetime, end: datetime) -> None:
        if end - now > OLD:
            self._unknown("", f"the time of the account: the inventory is from the future ({end:%Y-%m-%d})")
        elif now - begin > OLD:
            days = (now - begin).days
            self._unknown("", f"what changed since the inventory was made: it is {days} day{'s' * (days > 1)} old")

    # ------------------------------------------------------------ the account

    def _made(self, seen: ObservedValues, outer: dict[str, bool], at: tuple[datetime, datetime]) -> StartingAccount:
        self._unlisted(seen)
        for variable, places in seen.excepted.items():
            partial = self._partial(variable)
            for place in seen.existing:
                if place not in places and place[0] not in partial:
                    seen.set_values[variable, place] = "yes"
        lifecycle = self._composed(seen)
        variables = {v.name: v for v in lifecycle.model.state}
        actions = {rule.action for rule in lifecycle.model.rules}
        seen.settle({*variables, *actions})
        numbers: dict[tuple[str, Place], int] = {}
        for (name, place), value in seen.set_values.items():
            match variables.get(name):
                case Enum(values=words):
                    numbers[name, place] = words.index(value)
                case Flag():
                    numbers[name, place] = 1
                case _:
                    pass
        for (name, place), totals in seen.counts.items():
            if isinstance(variables.get(name), Count):
                numbers[name, place] = max(totals.values())
        seen.join(numbers, variables.keys())
        for name, whole in seen.parts.items():
            for (part, place), number in list(numbers.items()):
                if part == name:
                    numbers[whole, place] = max(0, numbers.get((whole, place), 0) - number)
        self._goal(lifecycle, numbers)
        assumptions = {a.name for a in lifecycle.model.assumptions}
        observation = Observation(
            seen.account,
            at,
            {k: d for k, d in seen.dates.items() if k[0] in actions and (d is None or k not in seen.undated)},
            tuple(self.unknown),
            tuple(
                Remark(place, f"{says} ({n})" if n > 1 else says, says in seen.harmless)
                for (place, says), n in seen.not_modeled.items()
                if seen.modeled_by.get(says) not in variables
            ),
            tuple(dict.fromkeys(seen.schedules)),
            {action: tuple(map(frozenset, calls.values())) for action, calls in seen.together.items()},
            {at: tuple(ids) for at, ids in seen.ids.items()},
        )
        form = account_format(lifecycle.model.state)
        flags = {len(table.chain): table.flag.name for table in form.tables if table.flag is not None}
        numbers |= {(flags[len(place)], place): 1 for place in seen.existing if len(place) in flags}
        spec = form.spec(numbers, [*((name,) for name, in_use in outer.items() if in_use), *seen.existing])
        assume = {name: value for name, value in seen.assume.items() if name in assumptions}
        return StartingAccount(self.file, lifecycle, spec, assume, observation)

    def _partial(self, variable: str) -> set[str]:
        """The outermost elements in which not everything was read that a value in other places depends on."""
        calls = {f.call for f in self.inventory.facts if f.effect == ExceptHere(variable)}
        calls |= {one.each.call for one in self.inventory.calls if one.operation in calls and one.each is not None}
        names = {kebab(operation.partition(":")[2]) for operation in calls} | {""}
        return {outer for outer, operation in self.partial if operation in names}

    def _unlisted(self, seen: ObservedValues) -> None:
        """Report lists that disagree: about elements that another list does not have, or about their number."""
        for found in (seen.counts, seen.set_values, seen.dates):
            for key in [key for key in found if key[1] in seen.hidden and key[1] not in seen.existing]:
                del found[key]  # type: ignore[arg-type]
        for (_, place), totals in seen.counts.items():
            if len(set(totals.values())) > 1:
                told = ", ".join(f"{operation}: {number}" for operation, number in totals.items())
                self.unknown.append(Remark(place, f"the answers disagree ({told}); the larger number is taken"))
        if not any(isinstance(fact.effect, Exists) for fact in self.inventory.facts):
            return
        deep = len(self.lifecycle.sorts)
        for (_, place), totals in seen.counts.items():
            if len(place) == deep and place not in seen.existing and any(totals.values()):
                seen.existing[place] = ""
                self.unknown.append(Remark(place, "not in the list of its kind, but in other answers"))
        for found in (seen.counts, seen.set_values):
            for name, place in list(found):
                if len(place) == deep and place not in seen.existing:
                    del found[name, place]  # type: ignore[arg-type]
                    if found is seen.set_values:
                        self.unknown.append(Remark(place, f"not in the list of its kind; {name} is left out"))

    def _composed(self, seen: ObservedValues) -> Lifecycle:
        """The lifecycle with the extensions that the account needs."""
        owner = {v.name: one.name for one in self.lifecycle.extensions for v in one.state}
        strong = {name for name, place in seen.set_values if (name, place) not in seen.weak}
        needed = seen.extensions | {owner[name] for name in (*strong, *seen.excepted) if name in owner}
        known = {one.name for one in self.lifecycle.extensions} - set(self.lifecycle.composed_of)
        try:
            return self.lifecycle.extended(*sorted(needed & known))
        except ValueError as error:
            raise BadInput(f"the account needs extensions that cannot be combined: {error}", self.file) from None

    def _goal(self, lifecycle: Lifecycle, numbers: dict[tuple[str, Place], int]) -> None:
        """Take the role as present if the account does not say whether it is."""
        goal = lifecycle.goal
        name = goal.variable.name
        for fact in self.inventory.facts:
            if fact.effect == SetsValue(name, goal.there):
                operation = kebab(fact.call.partition(":")[2])
                if not any(d[1] == operation for d in self.done) or any(f[1] == operation for f in self.failed):
                    numbers[name, ()] = goal.number("there")
