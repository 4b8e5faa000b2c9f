"""The rules of a role under chosen assumptions, and selections by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, TypeVar

from backup_slr.engine.core.formula import Formula
from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.engine.spec.scope_needs import scope_needs
from backup_slr.engine.spec.selection import action_named, check_composed, check_value, names_matching, parts_named
from backup_slr.engine.spec.stated_property import numbered
from backup_slr.errors import BadInput, BadScope, unknown

if TYPE_CHECKING:
    from backup_slr.engine.check.engine import Settings
    from backup_slr.engine.prove.induction import Invariant
    from backup_slr.scenario.explored_account import ExploredAccount
    from backup_slr.scenario.starting_account import StartingAccount

T = TypeVar("T", bound="AssumedModel")
MAX_STATES = 20_000_000
"""The default maximum of explored states."""
MOST_STATES, MOST_SECONDS = 10**12, 10**9
"""The largest limits that a user can set."""
MOST_CHECKED, MOST_SEARCHED = 25, 64
"""Scopes with more places than these are refused: listing their transitions would take too long."""
MOST_COUNTED = 2_000
"""An account with larger counts is not searched by lower bounds as it is."""


class AssumedModel:
    """The rules of a role under chosen assumptions.

    Attributes
    ----------
    table, model
        The rules under all assumptions; and under the chosen ones, without the removed parts.
    assume, without, rules, extensions
        The arguments: values of assumptions, removed parts, the file of the rules, the extensions of its model.
    start
        The account from which everything is explored; None: a new account.
    """

    def __init__(
        self,
        lifecycle: Lifecycle,
        assume: Mapping[str, str],
        without: Iterable[str] = (),
        rules: str | None = None,
        extensions: Iterable[str] = (),
        start: StartingAccount | None = None,
    ) -> None:
        self.table, self.assume, self.rules = lifecycle.model, dict(assume), rules
        self.extensions, self.start = tuple(extensions), start
        for name, value in self.assume.items():
            check_composed((name,), lifecycle)
            check_value(self.table, name, value)
        model = self.table.assuming({**(start.assume if start else {}), **self.assume})
        given = list(without)
        check_composed((name for part in given for name in part.split("/")), lifecycle)
        self.parts = parts_named(model, given)
        self.without = ["/".join(part) for part in self.parts]
        self.model = model.without(self.parts)
        self.lifecycle = lifecycle.having(self.model)

    @property
    def unassumed(self) -> Lifecycle:
        """The rules without the removed parts, under all values of the assumptions."""
        return self.lifecycle.having(self.table.without(self.parts))

    def planned_start(self) -> StartingAccount:
        """Where a plan starts: the account, or a full one; open are the assumptions without a chosen value."""
        from backup_slr.advice.plan import full_account

        start = full_account(self.unassumed) if self.start is None else self.start
        return replace(start, lifecycle=self.unassumed, assume={**start.assume, **self.assume})

    @property
    def assumptions(self) -> dict[str, str]:
        """The value of each assumption."""
        return dict(self.model.assumed)

    @property
    def actions(self) -> tuple[str, ...]:
        """The names of all actions."""
        return tuple(rule.action for rule in self.model.rules)

    @property
    def properties(self) -> tuple[str, ...]:
        """The ids of all properties."""
        return tuple(p.id for p in self.model.properties)

    def rule(self, action: str) -> Rule:
        """The rule of an action or API operation; raises BadInput if there is none, or several."""
        return action_named(action, self.model)

    def property_ids(self, names: Iterable[str], more: Iterable[str] = ()) -> tuple[str, ...]:
        """Return the ids of properties.

        Parameters
        ----------
        names
            Each an id, a sentence or a pattern such as ``"role_*"``.
        more
            Further valid ids that are not those of properties.

        Raises
        ------
        BadInput
            When a name matches no property.
        """
        from backup_slr.engine.check.results import EVERY_OUTCOME

        every = {p.id: p.sentence for p in (*self.model.properties, EVERY_OUTCOME)} | dict.fromkeys(more, "")
        asked = tuple(names)
        check_composed((name for name in asked if name not in every), self.lifecycle)
        return tuple(names_matching("property", asked, every, "backup-slr check --list"))

    def with_properties(self: T, properties: Iterable[str | Property]) -> tuple[T, tuple[str, ...]]:
        """Add the new properties among these to the model; return the model, and the names of all of them."""
        own = numbered([p for p in properties if isinstance(p, Property)])
        names = (*(p for p in properties if isinstance(p, str)), *(p.id for p in own))
        if not own:
            return self, names
        table = replace(self.table, properties=(*self.table.properties, *own))
        return self._again(self.lifecycle.having(table), self.start), names

    def starting(self: T, start: StartingAccount | None) -> T:
        """The same model, explored from an account (None: from a new one)."""
        return self._again(self.lifecycle.having(self.table), start)

    def _again(self: T, lifecycle: Lifecycle, start: StartingAccount | None) -> T:
        return type(self)(lifecycle, self.assume, self.without, self.rules, self.extensions, start)

    def explored(self, scope: Scope) -> ExploredAccount | None:
        """What an exploration of a scope from the account covers; None from a new account."""
        if self.start is None:
            return None
        from backup_slr.scenario.explored_account import ExploredAccount

        return ExploredAccount(self.start, self.lifecycle, scope)

    def provable_ids(self, names: Iterable[str], provable: Iterable[Invariant]) -> tuple[str, ...]:
        """Return the ids of provable properties; a pattern skips the properties that cannot be proved.

        Raises
        ------
        BadInput
            When a name matches no property, or none that induction can prove.
        """
        from backup_slr.engine.check.results import EVERY_OUTCOME

        known = [invariant.id for invariant in provable]
        kinds = {p.id: p.kind for p in (*self.model.properties, EVERY_OUTCOME)}
        found: dict[str, None] = {}
        for name in names:
            ids = self.property_ids([name], known)
            fitting = [id for id in ids if id in known]
            if not fitting:
                raise BadInput(f"{ids[0]!r} is of kind {kinds[ids[0]]!r}: induction cannot prove it; see 'check'")
            found |= dict.fromkeys(fitting)
        return tuple(found)

    # ---------------------------------------------------------------- helpers

    def scope_for(
        self, formulas: Iterable[Formula], given: Mapping[str, int], usual: Mapping[str, int] | None = None
    ) -> Scope:
        """Return the scope for formulas that a user states, with the numbers that are `given`.

        The other numbers are as large as the formulas need (`scope_needs`), at least the `usual` ones (None: the
        defaults). If they need so much that there may be more states than `MAX_STATES`, they are as small as possible.
        From an account they are at least as large as it is: the account is explored as it is, or else with one place of
        each kind, if that is small enough; otherwise with counts that are only as large as the formulas need.

        Raises
        ------
        BadInput
            When a number is too small, or a name is unknown.
        """
        needs = scope_needs(self.lifecycle, formulas)
        if self.start is not None:
            *exact, reduced = self._of_account(needs, given)
            return next(filter(self.is_small, exact), reduced)
        usual = usual or {o.name: o.default for o in self.lifecycle.scope_options}
        chosen, least = (
            {name: max(number, needs.get(name, 0)) for name, number in numbers.items()}
            for numbers in (usual, self._small(0))
        )
        found, smallest = self._scope({**chosen, **given}), self._scope({**least, **given})
        return found if chosen == usual or self.is_small(found) else smallest

    def searched_scopes(self, formulas: Iterable[Formula], given: Mapping[str, int]) -> list[Scope]:
        """The scopes to search in turn: the account with its own counts, if it is not too large, then `scope_for`."""
        asked = list(formulas)
        last = self.scope_for(asked, given)
        if self.start is None:
            return [last]
        *exact, _ = self._of_account(scope_needs(self.lifecycle, asked), given)
        few = (
            scope
            for scope in exact
            if prod(scope.sizes.values()) <= MOST_SEARCHED
            and max(n or 0 for n in scope.bounds.values()) <= MOST_COUNTED
        )
        first = next(few, last)
        return [first] if first == last else [first, last]

    def pictured_scope(self, given: Mapping[str, int]) -> Scope:
        """Return the scope of a picture: of the account, with one place of each kind and small counts."""
        return self._scope(given)

    def _of_account(self, needs: Mapping[str, int], given: Mapping[str, int]) -> list[Scope]:
        """The scopes of the account: as it is, with one place of each kind, and with counts as large as formulas need.

        In the first two, each count has room for one more.
        """
        from backup_slr.scenario.explored_account import largest_counts

        assert self.start is not None
        largest = largest_counts(self.start, self.lifecycle.model)
        most = 1 + max(largest.values(), default=0)
        counts = {o.name: max(most, needs.get(o.name, 0)) for o in self.lifecycle.scope_options if o.of in largest}
        found: list[Scope] = []
        for numbers, whole in (({**needs, **counts}, True), ({**needs, **counts}, False), (needs, False)):
            try:
                found.append(self._scope({**self._needed(numbers, whole), **given}, whole))
            except BadScope:  # a number that is given is too small for all places
                if not whole:
                    raise
        return found

    def smaller_scope(self, scope: Scope, formulas: Iterable[Formula]) -> Scope | None:
        """Return a scope that can be explored where a larger one could not, if it is as large as formulas need.

        One number of it is as small as possible, or if that is not enough all of them are.
        """
        if self.start is not None:
            return None
        needs = scope_needs(self.lifecycle, formulas)
        small = self._small(0)
        numbers = {o.name: {**scope.sizes, **scope.bounds}[o.of] or small[o.name] for o in self.lifecycle.scope_options}
        least = {name: min(number, max(small[name], needs.get(name, 0))) for name, number in numbers.items()}
        found = [self._scope({**numbers, **lower}) for lower in (*({n: least[n]} for n in least), least)]
        return next((smaller for smaller in found if smaller != scope and self.is_small(smaller)), None)

    def is_small(self, scope: Scope) -> bool:
        """Return whether a scope has at most `MAX_STATES` conceivable states."""
        from backup_slr.engine.check.engine import conceivable
        from backup_slr.engine.check.exploration import Space

        places = prod(scope.sizes.values())
        return places <= MOST_SEARCHED and conceivable(Space(self.model, scope, ())) <= MAX_STATES

    def _needed(self, needs: Mapping[str, int], whole: bool) -> dict[str, int]:
        """The numbers of a scope, as large as the account and as some needs."""
        counts = {o.name: n for o in self.lifecycle.scope_options if (n := needs.get(o.name)) and o.of in self._counts}
        own = self._scope(counts, whole)
        sizes = {**own.sizes, **own.bounds}
        return {o.name: max(sizes[o.of] or 0, needs.get(o.name, 0)) for o in self.lifecycle.scope_options}

    @property
    def _counts(self) -> set[str]:
        return {v.name for v in self.lifecycle.model.state if isinstance(v, Count)}

    def _scope(self, numbers: Mapping[str, int], whole: bool = False) -> Scope:
        try:
            if self.start is None:
                return self.lifecycle.scope(**numbers)
            from backup_slr.scenario.explored_account import explored_scope

            return explored_scope(self.start, self.lifecycle, numbers, whole)
        except ValueError as error:
            raise BadScope(str(error)) from None

    def _small(self, number: int) -> dict[str, int]:
        names = [option.name for option in self.lifecycle.scope_options]
        return dict(zip(names, self.lifecycle.small_scopes[number], strict=True))

    @staticmethod
    def _settings(engine: str | Settings) -> Settings:
        from backup_slr.engine.check.engine import CHOICES, Settings

        if isinstance(engine, Settings):
            return engine
        if engine not in CHOICES:
            raise BadInput(unknown("engine", engine, CHOICES))
        return Settings(engine)

    @staticmethod
    def _known(what: str, name: str, known: Collection[str]) -> None:
        if name not in known:
            raise BadInput(unknown(what, name, known, show=30))
