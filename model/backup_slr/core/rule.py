"""What a model consists of: rules (guards, effects), properties, and the table that holds them together.

Nothing here knows about AWS. A `Model` is data; `Model.assuming` picks the readings of its assumptions and
`Model.without` leaves a guard or an effect out, each giving another model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.core.formula import FALSE, TRUE, Formula, Param, Sort, hashed_once
from backup_slr.core.names import check_assumed
from backup_slr.core.variable import Effect, Enum, Flag, Reading, Variable
from backup_slr.core.wellformed import check_model

Outcome: TypeAlias = Exactly["done", "refused", "failed"]


@dataclass(frozen=True)
class Refusal:
    """A reason for which something is refused or fails; `error_code` is what the caller sees of it, if anything."""

    id: str
    says: str
    error_code: str | None


@dataclass(frozen=True)
class Guard:
    """One condition of an action. The first guard that does not hold names the refusal.

    `clause` is the clause or assumption it comes from. `fails`: what was accepted before now fails (the rule's
    `on_failure` effects happen) rather than being refused. `under`: it exists only where all these readings are taken.
    """

    condition: Formula
    otherwise: Refusal
    clause: str
    under: tuple[Reading, ...] = ()
    fails: bool = False
    error_code: str | None = None

    @property
    def shows_as(self) -> str | None:
        """The error code at this very place; an empty one says that nothing is shown to anybody."""
        return (self.otherwise.error_code if self.error_code is None else self.error_code) or None


@hashed_once
@dataclass(frozen=True)
class Rule:
    """Everything about one action: who does it, with which inputs, what stops it, what it changes.

    `place` are the Region and vault it is about; `inputs` are the parameters and choices that it reads.
    """

    action: str
    says: str
    by: Exactly["person", "service"]
    operations: tuple[str, ...]
    clauses: tuple[str, ...]
    place: tuple[Param, ...] = ()
    inputs: tuple[Flag | Enum, ...] = ()
    guards: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()
    on_failure: tuple[Effect, ...] = ()

    def outcomes(self) -> tuple[tuple[Outcome, str | None], ...]:
        """Every way in which this action can end, in the order of its guards, each once."""
        ways: dict[tuple[Outcome, str | None], None] = {}
        for guard in self.guards:
            ways["failed" if guard.fails else "refused", guard.otherwise.id] = None
            if guard.condition == FALSE:
                return tuple(ways)
        return (*ways, ("done", None))

    def formulas(self) -> tuple[Formula, ...]:
        """Every formula of the rule."""
        effects = (*self.effects, *self.on_failure)
        return (*(guard.condition for guard in self.guards), *(effect.when for effect in effects))

    def declares(self) -> tuple[Param | Variable, ...]:
        """The parameters of the place and of the effects, and the inputs."""
        effects = (*self.effects, *self.on_failure)
        return (*self.place, *self.inputs, *(param for effect in effects for param in effect.each))

    def assuming(self, taken: Mapping[str, str]) -> Rule:
        """This rule where every assumption has the given value: parts that belong to other values are gone."""
        return replace(
            self,
            guards=tuple(replace(g, under=()) for g in self.guards if _applies(g.under, taken)),
            effects=tuple(replace(e, under=()) for e in self.effects if _applies(e.under, taken)),
            on_failure=tuple(replace(e, under=()) for e in self.on_failure if _applies(e.under, taken)),
        )

    @cached_property
    def settled(self) -> bool:
        """No part of it depends on an assumption."""
        return not any(part.under for part in (*self.guards, *self.effects, *self.on_failure))


@dataclass(frozen=True)
class Fair:
    """Steps that may not be put off for ever.

    *weak*: if such a step stays possible from some moment on, one is taken. *strong*: if such a step becomes
    possible again and again, one is taken. With `each`, this is demanded at every place separately: `steps` may also
    name the parameters of the property, unless `each` binds the same names. Only the `meanwhile` steps of the property
    count, as possible and as taken.
    """

    strength: Exactly["weak", "strong"]
    steps: Formula
    says: str
    each: tuple[Param, ...] = ()


PropertyKind: TypeAlias = Exactly["always", "step", "sometimes", "eventually", "possible"]


@hashed_once
@dataclass(frozen=True)
class Property:
    """A sentence about the model, and the formula that says the same.

    ==============  ==========================================================================================
    *always*        `formula` (about a state) holds in every reachable state
    *step*          `formula` (about a step) holds in every step from a reachable state
    *sometimes*     some reachable step satisfies `formula`; with `earlier`, after a state that satisfied that
                    and with nothing but `meanwhile` steps in between
    *eventually*    whenever `earlier` holds, `formula` comes, in every behaviour that from then on has only
                    `meanwhile` steps and is `fair`
    *possible*      from every reachable state some way leads to a state that satisfies `formula`
    ==============  ==========================================================================================

    `id` is how commands, files and records name it: it stays when the sentence is reworded.

    With `each`, all formulas are read at one place at a time. A *sometimes* holds if that place exists: `earlier`,
    `meanwhile` and `formula` are satisfied at one and the same. A property of any other kind holds if it does at every
    place. A fairness that binds parameters of the same names (`Fair.each`) binds others: `earlier`, `meanwhile` and
    `formula` are still read at the place of the property.

    `needs` is the smallest scope in which the sentence means anything, by sort; in a smaller one it is reported as out
    of scope. `by` are *always* properties that a proof by induction may need beside it (its strengthening); those that
    do not hold are no use and no harm.
    """

    kind: PropertyKind
    id: str
    sentence: str
    formula: Formula
    clauses: tuple[str, ...]
    earlier: Formula = TRUE
    meanwhile: Formula = TRUE
    fair: tuple[Fair, ...] = ()
    each: tuple[Param, ...] = ()
    needs: tuple[tuple[str, int], ...] = ()
    by: tuple[Property, ...] = ()

    def formulas(self) -> tuple[Formula, ...]:
        """Every formula of the property, and of the helpers of its proof."""
        own = (self.formula, self.earlier, self.meanwhile, *(fair.steps for fair in self.fair))
        return (*own, *(formula for helper in self.by for formula in helper.formulas()))

    def declares(self) -> tuple[Param | Variable, ...]:
        """The parameters that `each` binds, in the property, its fairness and its helpers."""
        own = (*self.each, *(param for fair in self.fair for param in fair.each))
        return (*own, *(param for helper in self.by for param in helper.declares()))

    def fits(self, sizes: Mapping[str, int]) -> bool:
        """Whether the sentence means anything in a scope with so many elements of each sort."""
        return all(sizes[sort] >= least for sort, least in self.needs)


@dataclass(frozen=True)
class Assumption:
    """A reading of something that the page leaves open: named, with a default and its alternatives.

    `values` maps each value to what it means; the first is the default. `evidence` says why there is a choice.
    """

    name: str
    question: str
    values: Mapping[str, str] = field(hash=False)
    evidence: str

    @property
    def id(self) -> str:
        """How rules and reports cite it, beside clause ids."""
        return f"ASSUME-{self.name.upper()}"

    @property
    def default(self) -> str:
        """The value taken when nobody says otherwise."""
        return next(iter(self.values))

    def read_as(self, *values: str) -> tuple[Reading, ...]:
        """The condition that one of these values is assumed; add two such conditions to demand both."""
        for value in values:
            if value not in self.values:
                raise ValueError(f"{self.name} has no value {value!r}")
        return (Reading(self.name, values),)


@dataclass(frozen=True)
class Model:
    """A whole model: its sorts, state variables (all start at zero, false or the first value), rules, properties.

    `assumed` are the values that assumptions have been given, in the model or in the file that it was read from.

    Raises
    ------
    IllFormed
        When the model means nothing (see `core.wellformed`): where, and what would be right.
    """

    name: str
    sorts: tuple[Sort, ...]
    state: tuple[Variable, ...]
    rules: tuple[Rule, ...]
    properties: tuple[Property, ...]
    assumptions: tuple[Assumption, ...] = ()
    assumed: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        check_model(self)

    @property
    def settled(self) -> bool:
        """No rule depends on an assumption, so that every request has one meaning."""
        return all(rule.settled for rule in self.rules)

    def needs_settled(self) -> None:
        """Refuse to go on with a model whose rules still depend on assumptions.

        Raises
        ------
        ValueError
            When some do: all values would apply at once.
        """
        if not self.settled:
            raise ValueError("the assumptions of this model are not settled: take model.assuming({...}) of it")

    def rule(self, action: str) -> Rule:
        """The rule of that action.

        Raises
        ------
        KeyError
            When there is no such action.
        """
        for rule in self.rules:
            if rule.action == action:
                return rule
        raise KeyError(action)

    def assuming(self, values: Mapping[str, str] | None = None) -> Model:
        """This model with one value for every assumption: those given, those `assumed` already, defaults for the rest.

        Guards and effects that belong to other values are gone from the result, and what stays no longer depends on
        any assumption.

        >>> from backup_slr.lifecycle import lifecycle
        >>> dict(lifecycle().assuming({"usage-check": "at-submit"}).assumed)["usage-check"]
        'at-submit'
        >>> lifecycle().assuming({"usage-check": "at_submit"})
        Traceback (most recent call last):
            ...
        ValueError: 'at_submit' is no value of usage-check; known: at-task-end, at-submit

        Raises
        ------
        ValueError
            When a name or a value is unknown, or when the model is settled and its assumption has another value.
        """
        given = dict(values or {})
        check_assumed(given, self.assumptions)
        noted = dict(self.assumed)
        if noted and self.settled:
            for name, value in given.items():
                if noted.get(name, value) != value:
                    raise ValueError(f"{name} is {noted[name]} in this model already; take the table before `assuming`")
        taken = {a.name: a.default for a in self.assumptions} | noted | given
        rules = tuple(rule.assuming(taken) for rule in self.rules)
        return replace(self, rules=rules, assumed=tuple(taken.items()))

    def noting(self, values: Mapping[str, str]) -> Model:
        """This model with some values noted as `assumed`; its rules keep all their parts until `assuming` is asked.

        Raises
        ------
        ValueError
            When a name or a value is unknown.
        """
        check_assumed(values, self.assumptions)
        return replace(self, assumed=tuple((dict(self.assumed) | dict(values)).items()))

    def replacing(self, rule: Rule) -> Model:
        """This model with another rule in the place of the one of the same action."""
        return replace(self, rules=tuple(rule if r.action == rule.action else r for r in self.rules))

    def without(self, parts: str | Iterable[str | tuple[str, str]]) -> Model:
        """This model with parts left out: each a refusal (its guards) or a variable (its effects) of an action.

        A part is a pair of the action and the refusal or variable, or both in one string, as on the command line:

        >>> from backup_slr.lifecycle import lifecycle
        >>> len(lifecycle().without("create_backup_vault/vault-name-reserved").rule("create_backup_vault").guards)
        2

        Raises
        ------
        KeyError
            When an action has neither such a guard nor such an effect; the argument is the pair.
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


def parts_of(rule: Rule) -> tuple[str, ...]:
    """What `Model.without` can leave out of a rule: its refusals, then the variables that its effects change."""
    names = [g.otherwise.id for g in rule.guards]
    names += [e.variable.name for e in (*rule.effects, *rule.on_failure)]
    return tuple(dict.fromkeys(names))


def _applies(under: tuple[Reading, ...], taken: Mapping[str, str]) -> bool:
    return all(taken[reading.assumption] in reading.values for reading in under)
