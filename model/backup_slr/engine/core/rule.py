"""Rules (guards and effects), properties and assumptions: the parts of a model, independent of AWS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Literal as Exactly
from typing import TypeAlias

from backup_slr.engine.core.formula import FALSE, TRUE, Formula, Param, hashed_once
from backup_slr.engine.core.variable import Effect, Enum, Flag, Reading, numbers_of, usual

Outcome: TypeAlias = Exactly["done", "refused", "failed"]


@dataclass(frozen=True)
class Refusal:
    """A reason why a request is refused or fails; `error_code` is the code that the caller sees, if any.

    *transient*: the same request may succeed later without any other action. *absent*: the subject of the request does
    not exist.
    """

    id: str
    says: str
    error_code: str | None
    transient: bool = field(default=False, compare=False)
    absent: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Stratum:
    """A kind of reasons to refuse a request, and the refusals of the model itself that are of this kind."""

    name: str
    refusals: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guard:
    """One condition of an action. The first guard that does not hold names the refusal.

    `clause` is its source: a clause or an assumption. `fails`: a request accepted earlier now fails (the `on_failure`
    effects of the rule happen) instead of being refused. `under`: the guard exists only where all these readings apply.
    `stratum` is the one of `Model.strata` in which an extension adds it; a guard of the model itself has none.
    """

    condition: Formula
    otherwise: Refusal
    clause: str
    under: tuple[Reading, ...] = ()
    fails: bool = False
    error_code: str | None = None
    stratum: str = field(default="", compare=False)

    @property
    def shows_as(self) -> str | None:
        """The error code of this guard; None if no caller sees one."""
        return (self.otherwise.error_code if self.error_code is None else self.error_code) or None


@hashed_once
@dataclass(frozen=True)
class Rule:
    """One action: its actor, place and inputs, guards and effects.

    `place` has the parameters for its place (a Region, a vault); `inputs` are the parameters and choices that it reads.
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
        """All outcomes of this action, in the order of its guards, each once."""
        ways: dict[tuple[Outcome, str | None], None] = {}
        for guard in self.guards:
            ways["failed" if guard.fails else "refused", guard.otherwise.id] = None
            if guard.condition == FALSE:
                return tuple(ways)
        return (*ways, ("done", None))

    def assuming(self, taken: Mapping[str, str]) -> Rule:
        """Return this rule under the given values of assumptions: without the parts that belong to other values."""
        return replace(
            self,
            guards=tuple(replace(g, under=()) for g in self.guards if _applies(g.under, taken)),
            effects=tuple(replace(e, under=()) for e in self.effects if _applies(e.under, taken)),
            on_failure=tuple(replace(e, under=()) for e in self.on_failure if _applies(e.under, taken)),
        )

    def every_input(self) -> Iterator[dict[str, int]]:
        """Every combination of the values of its inputs, the most usual one first."""
        options = [sorted(numbers_of(i), key=lambda number, i=i: number != usual(i)) for i in self.inputs]
        for values in product(*options):
            yield {i.name: value for i, value in zip(self.inputs, values, strict=True)}

    @cached_property
    def settled(self) -> bool:
        """Whether no part of it depends on an assumption."""
        return not any(part.under for part in (*self.guards, *self.effects, *self.on_failure))


@dataclass(frozen=True)
class Fair:
    """Fairness: steps that cannot be postponed forever.

    *weak*: if such a step stays enabled from some point on, one is taken. *strong*: if such a step is enabled
    infinitely often, one is taken. With `each`, this applies to every place separately: `steps` may also name the
    parameters of the property, unless `each` binds the same names. Only `meanwhile` steps of the property count, as
    enabled and as taken.
    """

    strength: Exactly["weak", "strong"]
    steps: Formula
    says: str
    each: tuple[Param, ...] = ()


PropertyKind: TypeAlias = Exactly["always", "step", "sometimes", "eventually", "possible"]


@hashed_once
@dataclass(frozen=True)
class Property:
    """A sentence about the model, with its formula.

    ==============  ==========================================================================================
    *always*        `formula` (about a state) holds in every reachable state
    *step*          `formula` (about a step) holds in every step from a reachable state
    *sometimes*     some reachable state or step satisfies `formula`; with `earlier`, after a state that satisfies
                    that, with only `meanwhile` steps in between
    *eventually*    after `earlier`, `formula` holds at some point in every behavior that from then on has only
                    `meanwhile` steps and is `fair`
    *possible*      from every reachable state a path leads to a state that satisfies `formula`
    ==============  ==========================================================================================

    `id` names it in commands, files and recordings: it stays the same when the sentence is reworded.

    With `each`, all formulas are evaluated at one place at a time. A *sometimes* holds if one place satisfies
    `earlier`, `meanwhile` and `formula`; any other property holds if it holds at every place. Parameters of the same
    names that a fairness binds (`Fair.each`) are different ones: `earlier`, `meanwhile` and `formula` are still
    evaluated at the place of the property.

    `needs` is the smallest scope in which the sentence applies, by sort; in a smaller one it is reported as out of
    scope. `variant_of` is the id of a property that it is a variant of, `extension` the extension that brings it (see
    `spec.extension`). `by` are *always* properties that a proof by induction may assume as well, once they are proved
    themselves (its strengthening).
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
    variant_of: str = field(default="", compare=False)
    extension: str = field(default="", compare=False)

    def fits(self, sizes: Mapping[str, int]) -> bool:
        """Whether the sentence applies in a scope of these sizes."""
        return all(sizes[sort] >= least for sort, least in self.needs)


@dataclass(frozen=True)
class Assumption:
    """A named question that the page leaves open, with a default answer and its alternatives.

    `values` maps each value to its meaning; the first is the default. `evidence` says why there is a choice.
    """

    name: str
    question: str
    values: Mapping[str, str] = field(hash=False)
    evidence: str

    @property
    def id(self) -> str:
        """The id by which rules and reports cite it, like that of a clause."""
        return f"ASSUME-{self.name.upper()}"

    @property
    def default(self) -> str:
        """The value unless another is chosen."""
        return next(iter(self.values))

    def read_as(self, *values: str) -> tuple[Reading, ...]:
        """The condition that the assumption has one of these values; add two such conditions to require both."""
        for value in values:
            if value not in self.values:
                raise ValueError(f"{self.name} has no value {value!r}")
        return (Reading(self.name, values),)


def _applies(under: tuple[Reading, ...], taken: Mapping[str, str]) -> bool:
    return all(taken[reading.assumption] in reading.values for reading in under)
