"""Composition of a model with an extension."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Any

from backup_slr.engine.compile.naming import IllFormed, Path
from backup_slr.engine.compile.simplify import Facts, assume, conj
from backup_slr.engine.core.formula import (
    FALSE,
    TRUE,
    After,
    And,
    Every,
    Formula,
    Implies,
    Not,
    Or,
    Some,
    Unchanged,
    children,
)
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Property, Rule
from backup_slr.engine.core.variable import Effect
from backup_slr.errors import quoted

if TYPE_CHECKING:
    from backup_slr.engine.spec.extension import AddedEffects, AddedGuard, Amendment, Extension, Restriction

POSITIONS = ("first", "last", "before REFUSAL", "after REFUSAL")


class Composition:
    """One composition of a model with an extension."""

    def __init__(self, extension: Extension, model: Model) -> None:
        self.extension, self.model = extension, model
        self.strata = {stratum.name: number for number, stratum in enumerate(model.strata)}
        self.stratum_of = {refusal: stratum.name for stratum in model.strata for refusal in stratum.refusals}
        self.rules = {rule.action: rule for rule in model.rules}

    def composed(self) -> Model:
        one, model = self.extension, self.model
        for number, required in enumerate(one.requires):
            if required.name not in model.composed_of:
                raise IllFormed(("requires", number), f"the model is not composed with {required.name!r}")
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
                self._insert(self._rule(action, ("guards", number, "actions")), added, ("guards", number))
        for number, effects in enumerate(one.effects):
            self._extend(self._rule(effects.action, ("effects", number, "action")), effects)
        properties = {p.id: p for p in model.properties}
        for number, amendment in enumerate(one.amendments):
            self._amend(properties, amendment, ("amendments", number))
        before, after = ({v.name for v in model.state}, tuple(v.name for v in (*model.state, *one.state)))
        own = (replace(asked, extension=one.name) for asked in one.properties)
        parts = {
            "state": (*model.state, *one.state),
            "rules": (*self.rules.values(), *one.rules),
            "properties": (*(_covering(p, before, after) for p in properties.values()), *own),
            "assumptions": (*model.assumptions, *one.assumptions),
        }
        try:
            return replace(model, **parts, composed_of=(*model.composed_of, one.name))
        except IllFormed as error:
            raise IllFormed(self._origin(error.path, parts), error.message) from None

    def _amend(self, properties: dict[str, Property], amendment: Amendment, path: Path) -> None:
        variant, changes = amendment.variant, {"unless": FALSE, "meanwhile": FALSE, "fair": ()}
        changed = [key for key, usual in changes.items() if getattr(amendment, key) != usual]
        if amendment.retired and (changed or variant):
            other = "variant" if variant else changed[0]
            raise IllFormed((*path, "retired"), f"a property cannot be retired and have {quoted(other)}")
        if not amendment.retired and not changed:
            raise IllFormed(path, f"changes nothing: expected retired, {', '.join(changes)}")
        if variant in properties or variant in {p.id for p in self.extension.properties}:
            raise IllFormed((*path, "variant"), f"the model has a property {variant!r} already")
        if bool(variant) != bool(amendment.sentence):
            raise IllFormed((*path, "sentence"), "a variant needs a sentence, and only a variant has one")
        if variant and len(amendment.properties) > 1:
            raise IllFormed((*path, "properties"), f"the variant {variant!r} must be of one property")
        for number, id in enumerate(amendment.properties):
            if id not in properties:
                raise IllFormed((*path, "properties", number), f"the model has no property {id!r}")
            if variant:
                properties[variant] = _amended(properties[id], amendment)
                continue
            for same in [p for p in properties.values() if id in (p.id, p.variant_of)]:
                if amendment.retired:
                    del properties[same.id]
                else:
                    properties[same.id] = _amended(same, amendment)

    def _origin(self, path: Path, parts: Mapping[str, Sequence[Any]]) -> Path:
        """The path in the extension for one in the composed model: of the first part that can be the cause."""
        one = self.extension
        if len(path) < 2 or path[0] not in parts or not isinstance(path[1], int):
            return ()
        key, number, thing = str(path[0]), path[1], parts[str(path[0])][path[1]]
        first = len(parts[key]) - len(getattr(one, key))
        if number >= first:
            return (key, number - first, *path[2:])
        if isinstance(thing, Property):
            found = (
                n
                for n, a in enumerate(one.amendments)
                if a.variant == thing.id or {thing.id, thing.variant_of} & {*a.properties}
            )
            return next((("amendments", n, *path[2:3]) for n in found), ())
        part = getattr(thing, str(path[2]))[path[3]] if len(path) > 3 else None
        for n, added in enumerate(one.guards):
            if part is added.guard:
                return ("guards", n, "guard", *path[4:])
        for n, effects in enumerate(one.effects):
            for inner in ("effects", "inputs", "on_failure"):
                for place, own in enumerate(getattr(effects, inner)):
                    if effects.action == thing.action and part is own:
                        return ("effects", n, inner, place, *path[4:])
        for n, restriction in enumerate(one.restrictions):
            if isinstance(part, Effect) and (restriction.action, restriction.variable) == (
                thing.action,
                part.variable.name,
            ):
                return ("restrictions", n, "when")
        return ()

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
        guards, own = list(rule.guards), self._place(added.guard)
        if self.strata and own is None:
            raise IllFormed((*path, "guard", "stratum"), f"must be one of the strata: {', '.join(self.strata)}")
        positions = {"first": 0, "last": len(guards)}
        for number, guard in enumerate(guards):
            positions.setdefault(f"before {guard.otherwise.id}", number)
            positions[f"after {guard.otherwise.id}"] = number + 1
        if added.at not in positions:
            known = ", ".join(dict.fromkeys(guard.otherwise.id for guard in guards)) or "none"
            why = f"{rule.action} has no position {added.at!r}: expected {' or '.join(POSITIONS)}; refusals: {known}"
            raise IllFormed((*path, "at"), why)
        position = positions[added.at]
        # Guards of other extensions at this position: those of a lower stratum stand before.
        if added.at.startswith(("first", "after")):
            while position < len(guards) and self._added_place(guards[position]) <= (own or 0):
                position += 1
        else:
            while position > 0 and self._added_place(guards[position - 1], -1) > (own or 0):
                position -= 1
        for number, other in enumerate(guards):
            place = self._place(other)
            if own is not None and place is not None and (place > own if number < position else place < own):
                first, last = (list(self.strata)[n] for n in sorted((own, place)))
                why = f"{added.at!r} contradicts its stratum: in {rule.action}, {first} stands before {last}"
                raise IllFormed((*path, "at"), f"{why} ({other.otherwise.id})")
        guards.insert(position, added.guard)
        self.rules[rule.action] = replace(rule, guards=tuple(guards))

    def _place(self, guard: Guard) -> int | None:
        """The number of the stratum of a guard; None if it has none."""
        return self.strata.get(guard.stratum or self.stratum_of.get(guard.otherwise.id, ""))

    def _added_place(self, guard: Guard, other: float = inf) -> float:
        """The number of the stratum of a guard of an extension, or a number for `other` guards."""
        return self.strata.get(guard.stratum, other)

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
        clauses = (*asked.clauses, *amendment.clauses)
        asked = replace(asked, id=amendment.variant, sentence=amendment.sentence, clauses=clauses, variant_of=asked.id)
    return replace(
        asked,
        formula=asked.formula | amendment.unless,
        meanwhile=asked.meanwhile if asked.meanwhile == TRUE else asked.meanwhile | amendment.meanwhile,
        fair=(*asked.fair, *amendment.fair),
    )


def _covering(asked: Property, before: set[str], after: tuple[str, ...]) -> Property:
    """The property of the model where an `Unchanged` of all variables means those of the extension as well.

    A property that an extension brings is about its own variables and those of the model, whatever else is composed.
    """

    def covered(formula: Formula) -> Formula:
        if isinstance(formula, Unchanged) and before <= set(formula.names):
            return Unchanged(tuple(dict.fromkeys((*formula.names, *after))))
        return rebuilt(formula, covered)

    formula = covered(asked.formula)
    return asked if asked.extension or formula is asked.formula else replace(asked, formula=formula)


def rebuilt(formula: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """The formula with a function applied to the formulas directly below it; itself if that changes none of them."""
    below = children(formula)
    now = tuple(map(change, below))
    if all(one is other for one, other in zip(below, now, strict=True)):
        return formula
    match formula:
        case And() | Or():
            return type(formula)(now)
        case Every(over) | Some(over):
            return type(formula)(over, *now)
        case Not() | After() | Implies():
            return type(formula)(*now)
        case _:
            raise AssertionError(f"{formula!r} has no formulas below it")


def _an(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
