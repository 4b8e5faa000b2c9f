"""Models: sorts, state variables, rules, properties and assumptions.

A `Model` is data. `Model.assuming` chooses values for its assumptions, `Model.without` removes guards or effects; each
returns a new model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar, cast

from backup_slr.engine.compile.naming import check_assumed
from backup_slr.engine.compile.wellformed import check_model
from backup_slr.engine.core.formula import Sort
from backup_slr.engine.core.rule import Assumption, Property, Rule, Stratum
from backup_slr.engine.core.variable import Variable


@dataclass(frozen=True)
class Model:
    """A whole model: its sorts, state variables (all start at zero, false or the first value), rules, properties.

    `assumed` are the values chosen for assumptions, by `assuming`, by `noting` or in the file that it was read from.
    `composed_of` are the names of the extensions that it is composed with, `strata` the kinds of reasons for which a
    request is refused, in the order in which a rule looks for them: extensions add their guards in this order.
    `interactions` are what several extensions mean together; each is composed as soon as all that it requires are.

    Raises `IllFormed` when the model is not well formed (see `compile.wellformed`).
    """

    name: str
    sorts: tuple[Sort, ...]
    state: tuple[Variable, ...]
    rules: tuple[Rule, ...]
    properties: tuple[Property, ...]
    assumptions: tuple[Assumption, ...] = ()
    assumed: tuple[tuple[str, str], ...] = ()
    strata: tuple[Stratum, ...] = ()
    composed_of: tuple[str, ...] = field(default=(), compare=False)
    interactions: tuple[Extending, ...] = field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        check_model(self)

    @property
    def settled(self) -> bool:
        """Whether no rule depends on an assumption, so that every request has one meaning."""
        return all(rule.settled for rule in self.rules)

    def needs_settled(self) -> None:
        """Reject a model whose rules still depend on assumptions.

        Raises `ValueError` when some do, since the parts of all values would apply at once.
        """
        if not self.settled:
            raise ValueError("the assumptions of this model are not settled: use model.assuming({...})")

    def rule(self, action: str) -> Rule:
        """The rule of an action. Raises `KeyError` when there is no such action."""
        for rule in self.rules:
            if rule.action == action:
                return rule
        raise KeyError(action)

    def assuming(self, values: Mapping[str, str] | None = None) -> Model:
        """Return this model with one value for each assumption: the given ones, those `assumed`, else the defaults.

        The result has no guards and effects that belong to other values, and depends on no assumption.

        >>> from backup_slr.lifecycle import lifecycle
        >>> dict(lifecycle().assuming({"usage-check": "at-submit"}).assumed)["usage-check"]
        'at-submit'
        >>> lifecycle().assuming({"usage-check": "at_submit"})
        Traceback (most recent call last):
            ...
        ValueError: 'at_submit' is not a value of usage-check; known: at-task-end, at-submit

        Raises `ValueError` when a name or a value is unknown, or when the model is settled and its assumption has
        another value.
        """
        given = dict(values or {})
        check_assumed(given, self.assumptions)
        noted = dict(self.assumed)
        if noted and self.settled:
            for name, value in given.items():
                if noted.get(name, value) != value:
                    raise ValueError(f"{name} is {noted[name]} in this model already; use the model before `assuming`")
        taken = {a.name: a.default for a in self.assumptions} | noted | given
        rules = tuple(rule.assuming(taken) for rule in self.rules)
        return replace(self, rules=rules, assumed=tuple(taken.items()))

    def noting(self, values: Mapping[str, str]) -> Model:
        """Return this model with some values noted as `assumed`; its rules keep all parts until `assuming` is called.

        Raises `ValueError` when a name or a value is unknown.
        """
        check_assumed(values, self.assumptions)
        return replace(self, assumed=tuple((dict(self.assumed) | dict(values)).items()))

    def extended(self, *extensions: Extending) -> Model:
        """Return this model composed with extensions, which add to it without an edit (see `spec.extension`).

        Those that an extension builds on are composed before it, unless this model is composed with them already.

        >>> from backup_slr.lifecycle import lifecycle
        >>> from backup_slr.lifecycle.extensions import LEGAL_HOLD, VAULT_LOCK
        >>> lifecycle().extended(VAULT_LOCK, LEGAL_HOLD).composed_of
        ('retention', 'vault-lock', 'legal-hold')

        Raises `IllFormed` when an extension does not fit this model, or is given twice.
        """
        model = self
        for extension in with_required(extensions, self.composed_of):
            model = extension.applied_to(model)
        return model

    def replacing(self, rule: Rule) -> Model:
        """Return this model with the rule of the same action replaced."""
        return replace(self, rules=tuple(rule if r.action == rule.action else r for r in self.rules))

    def without(self, parts: str | Iterable[str | tuple[str, str]]) -> Model:
        """Return this model without some parts: a refusal (its guards) or a variable (its effects) of an action.

        A part is a pair of the action and the refusal or variable, or both in one string, as on the command line:

        >>> from backup_slr.lifecycle import lifecycle
        >>> len(lifecycle().without("create_backup_vault/vault-name-reserved").rule("create_backup_vault").guards)
        2

        Raises `KeyError` when an action has neither such a guard nor such an effect; the argument is the pair.
        """
        rules = {rule.action: rule for rule in self.rules}
        for said in (parts,) if isinstance(parts, str) else parts:
            action, part = said.partition("/")[::2] if isinstance(said, str) else said
            rule = rules.get(action)
            if rule is None or part not in parts_of(rule):
                raise KeyError((action, part))
            rules[action] = replace(
                rule,
                guards=tuple(g for g in rule.guards if g.otherwise.id != part),
                effects=tuple(e for e in rule.effects if e.variable.name != part),
                on_failure=tuple(e for e in rule.on_failure if e.variable.name != part),
            )
        return replace(self, rules=tuple(rules.values()))


class Extending(Protocol):
    """Data that can be composed with a model."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def requires(self) -> Iterable[Extending]:
        """Those that it builds on."""
        ...

    def applied_to(self, model: Model) -> Model:
        """Compose a model with it."""
        ...


E = TypeVar("E", bound=Extending)


def with_required(extensions: Iterable[E], present: Iterable[str] = ()) -> list[E]:
    """Extensions, and those that they build on but for those `present`; each comes after the ones that it requires.

    Raises `ValueError` when one is given twice, or is present.
    """
    given, known, found = list(extensions), set(present), dict[str, E]()
    by_name: dict[str, E] = {}
    for one in given:
        if one.name in known or one.name in by_name:
            raise ValueError(f"the extension {one.name} is given twice")
        by_name[one.name] = one

    def add(one: E) -> None:
        for required in cast("Iterable[E]", one.requires):
            if required.name not in known:
                add(by_name.get(required.name, required))
        found[one.name] = one

    for one in given:
        add(one)
    return list(found.values())


def parts_of(rule: Rule) -> tuple[str, ...]:
    """The parts of a rule that `Model.without` can remove: its refusals, then the variables that its effects change."""
    names = [g.otherwise.id for g in rule.guards]
    names += [e.variable.name for e in (*rule.effects, *rule.on_failure)]
    return tuple(dict.fromkeys(names))
