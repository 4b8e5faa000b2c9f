"""An explanation of an action, followed by its guards in one account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from backup_slr.api.answers import Answer
from backup_slr.api.values import path_of
from backup_slr.engine.core.rule import Rule
from backup_slr.errors import BadInput, printable, unknown
from backup_slr.report.explain import (
    Explanation,
    explanation_document,
    explanation_lines,
    explanation_markdown,
    task_of,
)
from backup_slr.report.guards_here import AccountGuards, Here
from backup_slr.report.names import place_text

if TYPE_CHECKING:
    from backup_slr.scenario.starting_account import StartingAccount

Path = tuple[str, ...]


def explained(found: Explanation, start: StartingAccount | None, place: str) -> Answer:
    """The answer to a question about an action: in general, and in an account at a place (empty: at all places).

    Raises
    ------
    BadInput
        When the action has no such place, or the account does not.
    """
    if start is None:
        if place:
            raise BadInput(f"a place such as {place!r} is one of an account: name the account too (--account FILE)")
        return Answer(
            lambda: explanation_lines(found), lambda: explanation_document(found), lambda: explanation_markdown(found)
        )
    here = _ExplainedHere(found, start, place)
    return Answer(here.lines, here.document, here.markdown, note="\n".join(here.notes()))


@dataclass
class _ExplainedHere:
    found: Explanation
    start: StartingAccount
    place: str

    def __post_init__(self) -> None:
        from backup_slr.scenario.reduced_account import reduced

        if self.place and not any(rule.place for rule in self._rules):
            path_of(self.found.lifecycle, self.found.name, self.place, 0)
        self.small = reduced(self.start)
        model = self.found.lifecycle.model
        machine = self.small.account.machine(model)
        state, names = self.small.account.state(machine), self.small.account.names
        self.account = AccountGuards(machine, state, names, self.small.members)
        self.asked = [(rule, self._situations(rule)) for rule in self._rules]

    @cached_property
    def _rules(self) -> list[Rule]:
        """The actions with all of their guards, each followed by the task that it starts."""
        model, rules = self.found.lifecycle.model, list[Rule]()
        for rule in self.found.rules:
            task = None if self.found.title else task_of(self.found.lifecycle, rule)
            rules += [model.rule(rule.action), *([task] if task else [])]
        return rules

    def _situations(self, rule: Rule) -> list[Here]:
        if not self.place or not rule.place:
            return self.account.here(rule)
        path = path_of(self.found.lifecycle, rule.action, self.place, len(rule.place))
        found = self.account.here(rule, self._representative(path))
        return [replace(one, paths=(path,)) for one in found]

    # ------------------------------------------------------------ places

    def _representative(self, path: Path) -> Path:
        """The place of the reduced account that stands for a place."""
        kept: Path = ()
        for depth, name in enumerate(path):
            wanted = path[: depth + 1]
            like = (k for k, members in self.small.stands_for.items() if len(k) == depth + 1 and wanted in members)
            found = next(like, None)
            if found is None and name not in self.found.lifecycle.sorts[depth].special:
                every = [m for members in self.small.stands_for.values() for m in members if len(m) == depth + 1]
                known = [place_text(*member) for member in every]
                raise BadInput(unknown("place", place_text(*wanted), known), self.start.file)
            kept = (*kept, name) if found is None else found
        return kept

    # ------------------------------------------------------------ the answer

    def notes(self) -> Iterator[str]:
        """A warning for each invariant that the account violates."""
        from backup_slr.scenario.explored_account import impossible_text, violated

        machine = self.account.machine
        return map(partial(impossible_text, self.start.file), violated(machine.model, machine, self.account.state))

    @property
    def _title(self) -> str:
        return f"In the account in {printable(self.start.file)}, with the usual inputs"

    def _here(self) -> Iterator[str]:
        for rule, situations in self.asked:
            if not situations:
                yield f"{rule.action}: the account names no {rule.place[-1].sort.noun}"
            yield from self.account.lines(situations)

    def lines(self) -> Iterator[str]:
        """The situations first, since the explanation is long."""
        yield f"{self._title}:"
        yield from self._here()
        yield ""
        yield from explanation_lines(self.found)

    def markdown(self) -> Iterator[str]:
        yield from (f"{self._title}:", "", "```")
        yield from self._here()
        yield from ("```", "")
        yield from explanation_markdown(self.found)

    def document(self) -> dict[str, Any]:
        here = [document for _, situations in self.asked for document in self.account.documents(situations)]
        return explanation_document(self.found) | {"account": {"file": self.start.file, "here": here}}
