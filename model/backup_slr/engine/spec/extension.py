"""Extensions: data that is composed with a model, and never an edit of it.

An extension adds variables, actions, guards in named positions, effects, assumptions and properties. It restricts
effects of the model that it extends, and amends the properties that no longer hold as they are. Whatever reads the
composed model needs to know nothing of extensions.

Extensions compose in any order. The guards that several extensions put at one position of a rule stand in the order of
their `Guard.stratum`, not in that of their composition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, cast

from backup_slr.engine.compile.naming import IllFormed, Path
from backup_slr.engine.compile.simplify import Facts, assume, conj
from backup_slr.engine.core.formula import FALSE, TRUE, Formula, Unchanged
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Assumption, Fair, Guard, Property, Rule
from backup_slr.engine.core.variable import Effect, Enum, Flag, Variable
from backup_slr.engine.spec.documentation import Clause
from backup_slr.engine.spec.lifecycle import Case, Lifecycle
from backup_slr.errors import unknown

POSITIONS = ("first", "last", "before REFUSAL", "after REFUSAL")


@dataclass(frozen=True)
class AddedGuard:
    """A guard for some actions, at one of the `POSITIONS`.

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

    def names(self) -> Iterator[str]:
        """The names that it adds, with underscores: variables, actions, inputs, refusals and assumptions."""
        yield from (v.name for v in self.state)
        inputs = [v for rule in (*self.rules, *self.effects) for v in rule.inputs]
        guards = [g for rule in self.rules for g in rule.guards] + [added.guard for added in self.guards]
        named = [*(r.action for r in self.rules), *(v.name for v in inputs), *(g.otherwise.id for g in guards)]
        yield from dict.fromkeys(name.replace("-", "_") for name in (*named, *(a.name for a in self.assumptions)))

    def applied_to(self, model: Model) -> Model:
        """Compose a model with this extension.

        Raises
        ------
        IllFormed
            When it names an action, a variable, a property or a position that the model does not have, or declares a
            name that the model has; the path is that in the extension.
        """
        return _Composition(self, model).composed()


def composed(lifecycle: Lifecycle, extensions: Iterable[Extension]) -> Lifecycle:
    """Compose a lifecycle with extensions: its model, its documentation and its names.

    Raises
    ------
    ValueError
        When an extension is repeated, lacks one that it requires, or excludes another; or as `Extension.applied_to`.
    """
    for extension in extensions:
        if extension.name in lifecycle.composed_of:
            raise ValueError(f"the extension {extension.name} is given twice")
        for missing in set(extension.requires) - set(lifecycle.composed_of):
            raise ValueError(f"the extension {extension.name} builds on {missing}: give {missing} before it")
        _check_compatible(extension, lifecycle)
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
        )
    return lifecycle


def selected(lifecycle: Lifecycle, given: Iterable[Extension | str]) -> tuple[Extension, ...]:
    """The extensions that are given, those by name with the ones that they build on, in the order of the lifecycle.

    Raises
    ------
    ValueError
        When a name is unknown or repeated.
    """
    known = {one.name: one for one in lifecycle.extensions}
    names: dict[str, None] = {}
    others: list[Extension] = []

    def add(name: str) -> None:
        for required in known[name].requires:
            if required not in lifecycle.composed_of:
                add(required)
        names[name] = None

    asked: set[str] = set()
    for one in given:
        if isinstance(one, Extension):
            others.append(one)
            continue
        if one not in known:
            raise ValueError(unknown("extension", one, known))
        if one in asked:
            raise ValueError(f"the extension {one} is given twice")
        asked.add(one)
        add(one)
    return (*(extension for name, extension in known.items() if name in names), *others)


def _check_compatible(extension: Extension, lifecycle: Lifecycle) -> None:
    known = {one.name: one for one in lifecycle.extensions}
    for name in lifecycle.composed_of:
        why = extension.excludes.get(name) or (known[name].excludes.get(extension.name) if name in known else None)
        if why:
            raise ValueError(f"{name} and {extension.name} cannot be combined: {why}")


class _Composition:
    """One composition of a model with an extension."""

    def __init__(self, extension: Extension, model: Model) -> None:
        self.extension, self.model = extension, model
        self.rules = {rule.action: rule for rule in model.rules}

    def composed(self) -> Model:
        one, model = self.extension, self.model
        for key, kind, name in (
            ("state", "variable", "name"),
            ("rules", "action", "action"),
            ("assumptions", "assumption", "name"),
            ("properties", "property", "id"),
        ):
            taken = {getattr(thing, name) for thing in getattr(model, key)}
            for number, thing in enumerate(getattr(one, key)):
                if getattr(thing, name) in taken:
                    raise IllFormed((key, number), f"the model has {_an(kind)} {getattr(thing, name)!r} already")
        for number, restriction in enumerate(one.restrictions):
            self._restrict(restriction, ("restrictions", number))
        for number, added in enumerate(one.guards):
            for action in added.actions:
                self._insert(self._rule(action, ("guards", number, "actions")), added, ("guards", number, "at"))
        for number, effects in enumerate(one.effects):
            self._extend(self._rule(effects.action, ("effects", number, "action")), effects)
        properties = {p.id: p for p in model.properties}
        for number, amendment in enumerate(one.amendments):
            for id in amendment.properties:
                if id not in properties:
                    raise IllFormed(("amendments", number, "properties"), f"the model has no property {id!r}")
                if amendment.variant:
                    properties[amendment.variant] = _amended(properties[id], amendment)
                    continue
                for same in [p for p in properties.values() if id in (p.id, p.variant_of)]:
                    if amendment.retired:
                        del properties[same.id]
                    else:
                        properties[same.id] = _amended(same, amendment)
        before, after = ({v.name for v in model.state}, tuple(v.name for v in (*model.state, *one.state)))
        return replace(
            model,
            state=(*model.state, *one.state),
            rules=(*self.rules.values(), *one.rules),
            properties=(*(_covering(p, before, after) for p in properties.values()), *one.properties),
            assumptions=(*model.assumptions, *one.assumptions),
        )

    def _rule(self, action: str, path: Path) -> Rule:
        if action not in self.rules:
            raise IllFormed(path, f"the model has no action {action!r}")
        return self.rules[action]

    def _restrict(self, restriction: Restriction, path: Path) -> None:
        rule, found = self._rule(restriction.action, (*path, "action")), False

        def restricted(effect: Effect) -> Effect:
            nonlocal found
            if effect.variable.name != restriction.variable:
                return effect
            found = True
            return replace(effect, when=conj((effect.when, assume(restriction.when, Facts.of(effect.when)))))

        effects, on_failure = (tuple(map(restricted, e)) for e in (rule.effects, rule.on_failure))
        if not found:
            why = f"{restriction.action} has no effect on {restriction.variable!r}"
            raise IllFormed((*path, "variable"), why)
        self.rules[rule.action] = replace(rule, effects=effects, on_failure=on_failure)

    def _insert(self, rule: Rule, added: AddedGuard, path: Path) -> None:
        guards, stratum = list(rule.guards), added.guard.stratum
        side, _, refusal = added.at.partition(" ")
        at = [number for number, guard in enumerate(guards) if guard.otherwise.id == refusal]
        if (side in ("first", "last") and not refusal) or (side in ("before", "after") and at):
            where = {"first": 0, "last": len(guards)} | ({"before": at[0], "after": at[-1] + 1} if at else {})
            position = where[side]
        else:
            known = ", ".join(dict.fromkeys(guard.otherwise.id for guard in guards)) or "none"
            why = f"{rule.action} has no position {added.at!r}: expected {' or '.join(POSITIONS)}; refusals: {known}"
            raise IllFormed(path, why)
        # Guards of other extensions at this position: those of a lower stratum stand before.
        if side in ("first", "after"):
            while position < len(guards) and 0 < guards[position].stratum <= stratum:
                position += 1
        else:
            while position > 0 and guards[position - 1].stratum > stratum:
                position -= 1
        guards.insert(position, added.guard)
        self.rules[rule.action] = replace(rule, guards=tuple(guards))

    def _extend(self, rule: Rule, added: AddedEffects) -> None:
        inputs = tuple(dict.fromkeys((*rule.inputs, *added.inputs)))
        self.rules[rule.action] = replace(
            rule,
            inputs=inputs,
            effects=(*rule.effects, *added.effects),
            on_failure=(*rule.on_failure, *added.on_failure),
        )


def _amended(asked: Property, amendment: Amendment) -> Property:
    if amendment.variant:
        new = (amendment.variant, amendment.sentence, (*asked.clauses, *amendment.clauses), asked.id)
        asked = replace(asked, id=new[0], sentence=new[1], clauses=new[2], variant_of=new[3])
    return replace(
        asked,
        formula=asked.formula | amendment.unless,
        meanwhile=asked.meanwhile if asked.meanwhile == TRUE else asked.meanwhile | amendment.meanwhile,
        fair=(*asked.fair, *amendment.fair),
    )


def _covering(asked: Property, before: set[str], after: tuple[str, ...]) -> Property:
    """The property where an `Unchanged` of all variables means those of the extension as well."""

    def covered(formula: Formula) -> Formula:
        if isinstance(formula, Unchanged) and before <= set(formula.names):
            return Unchanged(tuple(dict.fromkeys((*formula.names, *after))))
        return rebuilt(formula, covered)

    return replace(asked, formula=covered(asked.formula))


def rebuilt(formula: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """The formula with a function applied to the formulas directly below it."""
    changed: dict[str, Any] = {}
    for one in fields(cast("Any", formula)):
        value = getattr(formula, one.name)
        if isinstance(value, Formula):
            changed[one.name] = change(value)
        elif isinstance(value, tuple) and value and isinstance(value[0], Formula):
            changed[one.name] = tuple(map(change, cast("tuple[Formula, ...]", value)))
    return replace(cast("Any", formula), **changed) if changed else formula


def _an(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
