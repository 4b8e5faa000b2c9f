"""Extensions: data that is composed with a model, and never an edit of it.

An extension adds variables, actions, guards in named positions, effects, assumptions and properties. It restricts
effects of the model that it extends, and amends the properties that no longer hold as they are. Whatever reads the
composed model needs to know nothing of extensions.

Extensions compose in any order, after those that they build on. The guards that several extensions put at one position
of a rule stand in the order of their `Guard.stratum`, not in that of their composition. What several extensions mean
only together is an interaction (`Model.interactions`): an extension that requires them, composed with the last of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import cast

from backup_slr.engine.core.formula import FALSE, Formula
from backup_slr.engine.core.model import Model, with_required
from backup_slr.engine.core.rule import Assumption, Fair, Guard, Property, Rule
from backup_slr.engine.core.variable import Effect, Enum, Flag, Variable
from backup_slr.engine.spec.composition import Composition
from backup_slr.engine.spec.documentation import Clause
from backup_slr.engine.spec.lifecycle import Case, Lifecycle
from backup_slr.engine.spec.processes import Activity
from backup_slr.errors import unknown


@dataclass(frozen=True)
class AddedGuard:
    """A guard for some actions, at one of the `composition.POSITIONS`.

    A refusal in a position is that of a guard of the rule. *Before* is before the first guard with that refusal,
    *after* is after the last.
    """

    actions: tuple[str, ...]
    at: str
    guard: Guard


@dataclass(frozen=True)
class AddedEffects:
    """Effects of an action after those that it has, and the inputs that they read."""

    action: str
    effects: tuple[Effect, ...] = ()
    inputs: tuple[Flag | Enum, ...] = ()
    on_failure: tuple[Effect, ...] = ()


@dataclass(frozen=True)
class Restriction:
    """The effects of an action on a variable happen only where `when` holds as well."""

    action: str
    variable: str
    when: Formula


@dataclass(frozen=True)
class Amendment:
    """A change of properties of the model that an extension makes necessary, and why.

    Attributes
    ----------
    properties
        The ids of the properties.
    unless
        The property is not required where this formula holds (in the state or step where the property is evaluated).
    meanwhile
        Further steps that may happen meanwhile.
    fair
        Further fairness that the property assumes.
    retired
        The property is dropped.
    variant, sentence
        If given, the property stays as it is, and a variant of it with these changes is added under this id, with this
        sentence. What other extensions amend in the property, they amend in its variants.
    """

    properties: tuple[str, ...]
    why: str
    unless: Formula = FALSE
    meanwhile: Formula = FALSE
    fair: tuple[Fair, ...] = ()
    retired: bool = False
    variant: str = ""
    sentence: str = ""
    clauses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Extension:
    """A part of a role's lifecycle that its rules leave out.

    Attributes
    ----------
    name, says
        The name in commands and files; one sentence that completes "with this extension, ...".
    pages
        The titles of the pages that it formalizes.
    state, rules
        More variables and actions.
    guards, effects, restrictions
        The changes of the actions of the model.
    amendments, properties, assumptions
        Changes of properties; more properties and assumptions.
    clauses, conventions
        Statements of those pages; and how the extension interprets what no page mentions.
    definitions, place_definitions
        Named formulas for expressions, as in `Lifecycle`.
    requires
        Extensions that it builds on; they are composed before it.
    excludes
        Extensions that cannot be composed with it, each with the reason.
    abstracts
        For each place: the cases by which a more abstract extension classifies the state of this one; none if this one
        has nothing of what the other abstracts from.
    activity
        What it adds to the environment of simulations.
    """

    name: str
    says: str
    pages: tuple[str, ...] = ()
    state: tuple[Variable, ...] = ()
    rules: tuple[Rule, ...] = ()
    guards: tuple[AddedGuard, ...] = ()
    effects: tuple[AddedEffects, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    properties: tuple[Property, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    clauses: tuple[Clause, ...] = ()
    conventions: Mapping[str, str] = field(default_factory=dict[str, str])
    definitions: Mapping[str, Formula] = field(default_factory=dict[str, Formula])
    place_definitions: Mapping[str, Formula] = field(default_factory=dict[str, Formula])
    requires: tuple[Extension, ...] = ()
    excludes: Mapping[str, str] = field(default_factory=dict[str, str])
    abstracts: tuple[Case, ...] = ()
    activity: Activity = field(default_factory=Activity)

    @property
    def changed_actions(self) -> frozenset[str]:
        """The actions of the model that it extends that it gives guards or effects, or whose effects it restricts."""
        guarded = (action for added in self.guards for action in added.actions)
        return frozenset((*guarded, *(each.action for each in (*self.effects, *self.restrictions))))

    def names(self) -> Iterator[str]:
        """The names that it adds, with underscores: variables, actions, inputs, refusals and assumptions."""
        yield from (v.name for v in self.state)
        inputs = [v for rule in (*self.rules, *self.effects) for v in rule.inputs]
        guards = [g for rule in self.rules for g in rule.guards] + [added.guard for added in self.guards]
        named = [*(r.action for r in self.rules), *(v.name for v in inputs), *(g.otherwise.id for g in guards)]
        yield from dict.fromkeys(name.replace("-", "_") for name in (*named, *(a.name for a in self.assumptions)))

    def applied_to(self, model: Model) -> Model:
        """Compose a model with this extension.

        Raises `IllFormed` when it names an action, a variable, a property or a position that the model does not have,
        or declares a name that the model has, or when the model is not composed with what it builds on; the path is
        that in the extension.
        """
        model = Composition(self, model).composed()
        for part in interactions_met(model, [self]):
            model = replace(Composition(part, model).composed(), composed_of=model.composed_of)
        return model


def interactions_of(model: Model) -> tuple[Extension, ...]:
    """What several extensions mean together in a model."""
    return cast("tuple[Extension, ...]", model.interactions)


def interactions_met(model: Model, added: Iterable[Extension]) -> list[Extension]:
    """The interactions that a model has since it was composed with some extensions."""
    names = {one.name for one in added}
    required = ((part, {one.name for one in part.requires}) for part in interactions_of(model))
    return [part for part, needed in required if needed <= set(model.composed_of) and needed & names]


def composed(lifecycle: Lifecycle, extensions: Iterable[Extension]) -> Lifecycle:
    """Compose a lifecycle with extensions: its model, its documentation and its names.

    Raises `ValueError` when an extension excludes another; or as `Extension.applied_to`.
    """
    for extension in extensions:
        known = {one.name: one for one in lifecycle.extensions}
        for name in lifecycle.composed_of:
            _check_compatible(extension, name, known.get(name))
        lifecycle = documented(lifecycle.having(extension.applied_to(lifecycle.model)), (extension,))
    return lifecycle


def documented(lifecycle: Lifecycle, extensions: Iterable[Extension]) -> Lifecycle:
    """Add the documentation and the names of extensions to a lifecycle whose model is composed with them."""
    added = list(extensions)
    for part in (*added, *interactions_met(lifecycle.model, added)):
        lifecycle = replace(
            lifecycle,
            clauses=lifecycle.clauses + part.clauses,
            conventions={**lifecycle.conventions, **part.conventions},
            definitions={**lifecycle.definitions, **part.definitions},
            place_definitions={**lifecycle.place_definitions, **part.place_definitions},
            environment=lifecycle.environment and lifecycle.environment.extended(part.activity),
        )
    return lifecycle


def selected(lifecycle: Lifecycle, given: Iterable[Extension | str]) -> list[Extension]:
    """The extensions that are given, by name if the lifecycle has them, with the ones that they build on.

    Those of the lifecycle come first, in its order.

    Raises `ValueError` when a name is unknown or repeated, or two of the given ones cannot be combined.
    """
    known = {one.name: one for one in lifecycle.extensions}
    asked: list[Extension] = []
    for one in given:
        if isinstance(one, str) and one not in known:
            raise ValueError(unknown("extension", one, known))
        asked.append(known[one] if isinstance(one, str) else one)
    found = with_required(asked, lifecycle.composed_of)
    for one, other in combinations(asked, 2):  # before those that they build on, which the user did not name
        _check_compatible(other, one.name, one)
    order = {name: number for number, name in enumerate(known)}
    return sorted(found, key=lambda one: order.get(one.name, len(order)))


def left_out(lifecycle: Lifecycle, actions: Collection[str]) -> list[str]:
    """The extensions that change one of these actions, that a lifecycle is not composed with, and that it allows.

    >>> from backup_slr.lifecycle import BACKUP
    >>> left_out(BACKUP.extended("backup-plans"), ["delete_service_linked_role"])
    ['backup-roles', 'copies']
    """
    present = [one for one in lifecycle.extensions if one.name in lifecycle.composed_of]
    return [
        one.name
        for one in lifecycle.extensions
        if one.name not in lifecycle.composed_of
        and not one.changed_actions.isdisjoint(actions)
        and not any(
            _conflict(needed, other.name, other)
            for needed in with_required([one], lifecycle.composed_of)
            for other in present
        )
    ]


def _conflict(extension: Extension, name: str, other: Extension | None) -> str | None:
    """Why an extension and another one, of which only the name may be known, cannot be combined."""
    return extension.excludes.get(name) or (other.excludes.get(extension.name) if other else None)


def _check_compatible(extension: Extension, name: str, other: Extension | None) -> None:
    if why := _conflict(extension, name, other):
        raise ValueError(f"{name} and {extension.name} cannot be combined: {why}")
