"""What a model consists of: rules (guards, effects), properties and assumptions. Nothing here knows about AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.engine.core.formula import FALSE, TRUE, Formula, Param, hashed_once
from backup_slr.engine.core.variable import Effect, Enum, Flag, Reading

Outcome: TypeAlias = Exactly["done", "refused", "failed"]


@dataclass(frozen=True)
class Refusal:
    """A reason for which something is refused or fails; `error_code` is what the caller sees of it, if anything.

    *transient*: the same request may succeed later without anybody doing anything. *absent*: the thing that the request
    is about does not exist.
    """

    id: str
    says: str
    error_code: str | None
    transient: bool = field(default=False, compare=False)
    absent: bool = field(default=False, compare=False)


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

    def fits(self, sizes: Mapping[str, int]) -> bool:
        """Whether the sentence means anything in a scope of these sizes."""
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


def _applies(under: tuple[Reading, ...], taken: Mapping[str, str]) -> bool:
    return all(taken[reading.assumption] in reading.values for reading in under)
