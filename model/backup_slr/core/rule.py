"""What a model consists of: rules (guards, effects), properties, and the table that holds them together.

Nothing here knows about AWS. A `Model` is data; `Model.assuming` picks the readings of its assumptions and
`Model.without` leaves a guard or an effect out, each giving another model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.core.formula import FALSE, TRUE, Formula, Param, Sort
from backup_slr.core.variable import Effect, Enum, Flag, Reading, Variable

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


@dataclass(frozen=True)
class Fair:
    """Steps that may not be put off for ever.

    *weak*: if such a step stays possible from some moment on, one is taken. *strong*: if such a step becomes
    possible again and again, one is taken. With `each`, this is demanded at every place separately. Only the
    `meanwhile` steps of the property count, as possible and as taken.
    """

    strength: Exactly["weak", "strong"]
    steps: Formula
    says: str
    each: tuple[Param, ...] = ()


PropertyKind: TypeAlias = Exactly["always", "step", "sometimes", "eventually", "possible"]


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

    With `each`, the property is judged at every place separately. `needs` is the smallest scope in which the
    sentence means anything, by sort; in a smaller one it is reported as out of scope. `by` are *always* properties
    that a proof by induction may need beside it (its strengthening); those that do not hold are no use and no harm.
    """

    kind: PropertyKind
    sentence: str
    formula: Formula
    clauses: tuple[str, ...]
    earlier: Formula = TRUE
    meanwhile: Formula = TRUE
    fair: tuple[Fair, ...] = ()
    each: tuple[Param, ...] = ()
    needs: tuple[tuple[str, int], ...] = ()
    by: tuple[Property, ...] = ()

    @property
    def id(self) -> str:
        """The sentence as a name: ``A refused request ...`` is ``a_refused_request_...``."""
        words = "".join(c if c.isalnum() else " " for c in self.sentence.replace("'", "").lower())
        return "_".join(words.split())

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
    """A whole model: its sorts, state variables (all start at zero, false or the first value), rules, properties."""

    name: str
    sorts: tuple[Sort, ...]
    state: tuple[Variable, ...]
    rules: tuple[Rule, ...]
    properties: tuple[Property, ...]
    assumptions: tuple[Assumption, ...] = ()
    assumed: tuple[tuple[str, str], ...] = ()

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
        """This model under one reading of every assumption: those given, defaults for the rest.

        Guards and effects that belong to other readings are gone from the result, and what stays no longer
        depends on any assumption.
        """
        taken = {a.name: a.default for a in self.assumptions} | dict(self.assumed) | dict(values or {})
        rules = tuple(
            replace(
                rule,
                guards=tuple(replace(g, under=()) for g in rule.guards if _applies(g.under, taken)),
                effects=tuple(replace(e, under=()) for e in rule.effects if _applies(e.under, taken)),
                on_failure=tuple(replace(e, under=()) for e in rule.on_failure if _applies(e.under, taken)),
            )
            for rule in self.rules
        )
        return replace(self, rules=rules, assumed=tuple(taken.items()))

    def without(self, parts: Iterable[tuple[str, str]]) -> Model:
        """This model with parts left out: pairs of an action and a refusal id (its guards) or variable (its effects).

        Raises
        ------
        KeyError
            When an action has neither such a guard nor such an effect; the argument is the pair.
        """
        rules = {rule.action: rule for rule in self.rules}
        for action, part in parts:
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
