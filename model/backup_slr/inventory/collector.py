"""Send the calls of an inventory, one thread for each Region, and write down every answer and every failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from queue import SimpleQueue
from threading import Thread
from typing import Any, Protocol, cast

from msgspec import to_builtins
from msgspec.json import encode
from msgspec.structs import replace

from backup_slr.engine.spec.inventory import Inventory, ReadCall, kebab
from backup_slr.errors import BadInput, printable
from backup_slr.inventory.alike_elements import AlikeElements
from backup_slr.inventory.observed_values import OLD
from backup_slr.inventory.typed_answers import TypedAnswers, steps, values

Arguments = Mapping[str, str | bool]
Entry = dict[str, Any]
MOST_THREADS = 16


class CallFailed(Exception):
    """A call failed; `unreachable`: so would every other one to this Region."""

    def __init__(self, message: str, unreachable: bool = False) -> None:
        super().__init__(message)
        self.unreachable = unreachable


class Sender(Protocol):
    """Sends calls."""

    @property
    def home(self) -> str:
        """The Region of the user, which is of the same partition as the account; empty if there is none."""
        ...

    def send(self, outer: str, call: ReadCall, arguments: Arguments) -> Any:
        """Return the answer, all pages of it. Raises `CallFailed` when there is none."""
        ...


@dataclass
class Collector:
    """The calls of an inventory, as the options of a user say.

    Attributes
    ----------
    inventory, sender
        What is sent, and by whom.
    outer
        The Regions to read; empty: all that are in use.
    optional
        Whether the optional calls are sent too, which list every recovery point.
    given
        The values of arguments that are given on request.
    progress
        Called with the name of each Region that is complete, and their number.
    """

    inventory: Inventory
    sender: Sender
    outer: Sequence[str] = ()
    optional: bool = True
    given: Mapping[str, str] = field(default_factory=dict[str, str])
    progress: Callable[[str, int], None] = lambda name, number: None
    failures: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    sent: int = 0

    def entries(self) -> Iterator[Entry]:
        """Every call with its answer, in the form of an inventory file, and the end.

        Raises `BadInput` when the account or its Regions cannot be read.
        """
        home = self.outer[0] if self.outer else self.sender.home or self.inventory.home
        once: list[Entry] = []
        for entry in self._calls(home, once=True):
            self._note(entry)
            once.append(entry)
            if entry["operation"] == kebab(self.inventory.identity[0].partition(":")[2]) and "error" in entry:
                hint = "sign in first, or name a profile with --profile"
                raise BadInput(f"the account cannot be read: {printable(entry['error'], 300)} ({hint})")
            yield entry
        names = list(self.outer) or self._in_use(once)
        if not names:
            raise BadInput(f"{self.inventory.outer[0]} is not permitted or lists nothing: name Regions with --regions")
        yield from self._in_parallel(names)
        yield {"end": True}

    def lines(self) -> Iterator[str]:
        """The lines of an inventory file."""
        for entry in self.entries():
            yield f"{encode(entry).decode()}\n"

    def _in_use(self, once: Sequence[Entry]) -> list[str]:
        operation, items, name, used, unused = self.inventory.outer
        found = [e for e in once if e["operation"] == kebab(operation.partition(":")[2]) and "output" in e]
        listed = [item for entry in found for item in values(entry["output"], steps(items))]
        return [str(item[name]) for item in listed if item.get(used) not in unused]

    def _in_parallel(self, names: Sequence[str]) -> Iterator[Entry]:
        left: SimpleQueue[str] = SimpleQueue()
        results: SimpleQueue[tuple[str, Entry | BaseException | None]] = SimpleQueue()
        for name in names:
            left.put(name)

        def work() -> None:
            while not left.empty():
                name = left.get()
                try:
                    for entry in self._calls(name, once=False):
                        results.put((name, entry))
                    results.put((name, None))
                except BaseException as error:  # raised again below
                    results.put((name, error))

        # Daemons: after an interruption, nothing waits for calls under way.
        for _ in range(min(MOST_THREADS, len(names))):
            Thread(target=work, daemon=True).start()
        done = 0
        while done < len(names):
            name, entry = results.get()
            if isinstance(entry, BaseException):
                raise entry
            if entry is not None:
                self._note(entry)
                yield entry
            else:
                done += 1
                self.progress(name, done)

    def _note(self, entry: Entry) -> None:
        self.sent += 1
        known = self.inventory.by_operation[entry["operation"]].none
        if "error" in entry and not any(f"({code})" in entry["error"] for code in known):
            self.failures.append((entry["region"], entry["operation"], entry["error"]))

    def _calls(self, outer: str, once: bool) -> Iterator[Entry]:
        answers: dict[str, list[Any]] = {}
        for call in self.inventory.calls:
            if call.once != once or (call.optional and not self.optional):
                continue
            if call.given and call.given not in self.given:
                continue
            fixed = dict(call.arguments) | ({call.given: self.given[call.given]} if call.given else {})
            for arguments in [fixed] if call.each is None else repeated(call, answers):
                entry, unreachable = self._sent(outer, call, arguments)
                yield entry
                answers.setdefault(call.operation, []).append(entry.get("output"))
                if unreachable:
                    return

    def _sent(self, outer: str, call: ReadCall, arguments: Arguments) -> tuple[Entry, bool]:
        service, operation = call.command
        entry: Entry = {"region": outer, "service": service, "operation": operation, "arguments": words(arguments)}
        unreachable = False
        try:
            answer = {"exit": 0, "output": self._compact(call, self.sender.send(outer, call, arguments))}
        except CallFailed as error:
            answer, unreachable = {"exit": 254, "error": str(error)}, error.unreachable
        return entry | {"at": datetime.now(UTC).isoformat(timespec="seconds")} | answer, unreachable

    def _compact(self, call: ReadCall, answer: Any) -> Any:
        """The answer with a number of alike elements in the place of a list that can be very long."""
        if not call.alike or not isinstance(answer, dict):
            return answer
        name, now = call.alike.removesuffix("[]"), datetime.now(UTC)
        typed = self._typed.decoded(call.command[1], encode(answer), ("the answer of AWS", None))
        facts = [fact for fact in self.inventory.facts if (fact.call, fact.items) == (call.operation, call.alike)]
        elements, alike = getattr(typed, name), AlikeElements.of(facts)
        numbered = alike.joined(elements, now, OLD) if alike else ((one, one.alike) for one in elements)
        kinds = [to_builtins(replace(one, alike=number)) for one, number in numbered]
        return {**cast("dict[str, Any]", answer), name: kinds}

    @cached_property
    def _typed(self) -> TypedAnswers:
        return TypedAnswers(self.inventory)


def repeated(call: ReadCall, answers: Mapping[str, Sequence[Any]]) -> Iterator[Arguments]:
    """The arguments of a repeated call, for each element of the earlier answers."""
    each = call.each
    assert each is not None
    for answer in answers.get(each.call, ()):
        for item in values(answer, steps(each.items)):
            if not each.unless or item.get(each.unless) not in each.unless_is:
                yield {each.argument: str(item[each.member])} | dict(call.arguments)


def words(arguments: Arguments) -> list[str]:
    """Arguments as words of a command line; a value may start with a hyphen.

    >>> words({"ByState": "RUNNING", "AllRegions": True})
    ['--by-state=RUNNING', '--all-regions']
    """
    return [
        f"--{kebab(name)}={value}" if isinstance(value, str) else f"--{kebab(name)}"
        for name, value in arguments.items()
    ]
