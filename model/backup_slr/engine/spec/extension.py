"""Extensions: data that is composed with a model, and never an edit of it.

An extension adds variables, actions, guards in named positions, effects, assumptions and properties. It restricts
effects of the model that it extends, and amends the properties that no longer hold as they are. Whatever reads the
composed model needs to know nothing of extensions.

Extensions compose in any order. The guards that several extensions put at one position of a rule stand in the order of
their `Guard.stratum`, not in that of their composition.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations

from backup_slr.engine.core.formula import FALSE, Formula
from backup_slr.engine.core.model import Model
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
        Extensions that it builds on; it comes after them.
    excludes
        Extensions that cannot be composed with it, each with the reason.
    abstracts
        For each place: the cases by which a more abstract extension classifies the state of this one.
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
    requires: tuple[str, ...] = ()
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
        or declares a name that the model has; the path is that in the extension.
        """
        return Composition(self, model).composed()


def composed(lifecycle: Lifecycle, extensions: Iterable[Extension]) -> Lifecycle:
    """Compose a lifecycle with extensions: its model, its documentation and its names.

    Raises `ValueError` when an extension is repeated, lacks one that it requires, or excludes another; or as
    `Extension.applied_to`.
    """
    for extension in extensions:
        if extension.name in lifecycle.composed_of:
            raise ValueError(f"the extension {extension.name} is given twice")
        for missing in set(extension.requires) - set(lifecycle.composed_of):
            raise ValueError(f"the extension {extension.name} builds on {missing}: give {missing} before it")
        known = {one.name: one for one in lifecycle.extensions}
        for name in lifecycle.composed_of:
            _check_compatible(extension, name, known.get(name))
        lifecycle = documented(lifecycle.having(extension.applied_to(lifecycle.model)), (extension,))
    return lifecycle


def documented(lifecycle: Lifecycle, extensions: Iterable[Extension]) -> Lifecycle:
    """Add the documentation and the names of extensions to a lifecycle whose model is composed with them."""
    for extension in extensions:
        lifecycle = replace(
            lifecycle,
            clauses=lifecycle.clauses + extension.clauses,
            conventions={**lifecycle.conventions, **extension.conventions},
            definitions={**lifecycle.definitions, **extension.definitions},
            place_definitions={**lifecycle.place_definitions, **extension.place_definitions},
            composed_of=(*lifecycle.composed_of, extension.name),
            environment=lifecycle.environment and lifecycle.environment.extended(extension.activity),
        )
    return lifecycle


def selected(lifecycle: Lifecycle, given: Iterable[Extension | str]) -> tuple[Extension, ...]:
    """The extensions that are given, those by name with the ones that they build on, in the order of the lifecycle.

    Raises `ValueError` when a name is unknown or repeated, or two of the names cannot be combined.
    """
    known = {one.name: one for one in lifecycle.extensions}
    asked: list[str] = []
    others: list[Extension] = []
    for one in given:
        if isinstance(one, Extension):
            others.append(one)
            continue
        if one not in known:
            raise ValueError(unknown("extension", one, known))
        if one in asked:
            raise ValueError(f"the extension {one} is given twice")
        asked.append(one)
    for one, other in combinations(asked, 2):  # before those that they build on, which the user did not name
        _check_compatible(known[other], one, known[one])
    names = with_required(asked, known)
    missing = (name for name in known if name in names and (name in asked or name not in lifecycle.composed_of))
    return (*(known[name] for name in missing), *others)


def left_out(lifecycle: Lifecycle, actions: Collection[str]) -> list[str]:
    """The extensions that change one of these actions, that a lifecycle is not composed with, and that it allows.

    >>> from backup_slr.lifecycle import BACKUP
    >>> left_out(BACKUP.extended("backup-plans"), ["delete_service_linked_role"])
    ['backup-roles', 'copies']
    """
    found: list[str] = []
    for one in lifecycle.extensions:
        if one.name in lifecycle.composed_of or one.changed_actions.isdisjoint(actions):
            continue
        try:
            selected(lifecycle, (*lifecycle.composed_of, one.name))
        except ValueError:
            continue
        found.append(one.name)
    return found


def with_required(names: Iterable[str], known: Mapping[str, Extension]) -> list[str]:
    """The names of extensions and of those that they build on, each after the ones that it requires.

    >>> from backup_slr.lifecycle import BACKUP
    >>> with_required(["expired"], {one.name: one for one in BACKUP.extensions})
    ['retention', 'deleting', 'expired']
    """
    found: dict[str, None] = {}
    for name in names:
        found |= dict.fromkeys((*with_required(known[name].requires, known), name))
    return list(found)


def _check_compatible(extension: Extension, name: str, other: Extension | None) -> None:
    why = extension.excludes.get(name) or (other and other.excludes.get(extension.name))
    if why:
        raise ValueError(f"{name} and {extension.name} cannot be combined: {why}")
