"""The rules of a role under chosen assumptions, and selections by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from backup_slr.engine.core.rule import Property, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.engine.spec.selection import action_named, check_value, names_matching, part_of
from backup_slr.engine.spec.stated_property import numbered
from backup_slr.errors import BadInput, unknown

if TYPE_CHECKING:
    from backup_slr.engine.check.engine import Settings
    from backup_slr.engine.prove.induction import Invariant

T = TypeVar("T", bound="AssumedModel")
MAX_STATES = 20_000_000
"""The default maximum of explored states."""
MOST_CHECKED, MOST_SEARCHED = 25, 64
"""Scopes with more places than these are refused: listing their transitions would take too long."""


class AssumedModel:
    """The rules of a role under chosen assumptions.

    Attributes
    ----------
    table, model
        The rules under all assumptions; and under the chosen ones, without the removed parts.
    assume, without, rules, extensions
        The arguments: values of assumptions, removed parts, the file of the rules, the extensions of its model.
    """

    def __init__(
        self,
        lifecycle: Lifecycle,
        assume: Mapping[str, str],
        without: Iterable[str] = (),
        rules: str | None = None,
        extensions: Iterable[str] = (),
    ) -> None:
        self.table, self.assume, self.rules = lifecycle.model, dict(assume), rules
        self.extensions = tuple(extensions)
        for name, value in self.assume.items():
            check_value(self.table, name, value)
        model = self.table.assuming(self.assume)
        self.without = list(dict.fromkeys(without))
        self.parts = [part_of(model, part) for part in self.without]
        self.model = model.without(self.parts)
        self.lifecycle = lifecycle.having(self.model)

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
            Ids that are not those of properties.

        Raises
        ------
        BadInput
            When a name matches no property.
        """
        from backup_slr.engine.check.results import EVERY_OUTCOME

        every = {p.id: p.sentence for p in (*self.model.properties, EVERY_OUTCOME)} | dict.fromkeys(more, "")
        return tuple(names_matching("property", names, every))

    def with_properties(self: T, properties: Iterable[str | Property]) -> tuple[T, tuple[str, ...]]:
        """Add the properties among these to the model; return it with the names and the ids of all."""
        own = numbered([p for p in properties if isinstance(p, Property)])
        names = (*(p for p in properties if isinstance(p, str)), *(p.id for p in own))
        if not own:
            return self, names
        table = replace(self.table, properties=(*self.table.properties, *own))
        return type(self)(self.lifecycle.having(table), self.assume, self.without, self.rules, self.extensions), names

    def provable_ids(self, names: Iterable[str], provable: Iterable[Invariant]) -> tuple[str, ...]:
        """Return the ids of provable properties; of those that match a pattern, the others are dropped.

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

    def _scope(self, numbers: Mapping[str, int], bound: int | None = None) -> Scope:
        sorts = {sort.name for sort in self.model.sorts}
        counts = {o.name: bound for o in self.lifecycle.scope_options if bound is not None and o.of not in sorts}
        try:
            return self.lifecycle.scope(**{**counts, **numbers})
        except ValueError as error:
            raise BadInput(str(error)) from None

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
