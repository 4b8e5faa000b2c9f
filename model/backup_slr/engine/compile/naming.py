"""The names of a model: one namespace, declarations, and values of assumptions.

`wellformed` checks the formulas that use these names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from keyword import iskeyword
from typing import TYPE_CHECKING, TypeAlias

from backup_slr.engine.core.formula import Every, Formula, Param, Some, Sort, hashed_once, walk
from backup_slr.engine.core.rule import Assumption, Property, Rule
from backup_slr.engine.core.variable import Enum, Variable, unplaced, variable_of

if TYPE_CHECKING:
    from backup_slr.engine.core.model import Model

Path: TypeAlias = tuple[str | int, ...]
Problem: TypeAlias = tuple[Path, str]

OUTCOMES = ("done", "refused", "failed")
OF_CODE = "all any range len enumerate"
OF_FILES = "do note minutes expect because times each on paginate poll when exhausted until retry every name wait"
OF_EXPRESSIONS = "true false implies after outcome refusal"
OF_PYTHON = "self action place"
RESERVED = frozenset(" ".join((OF_CODE, OF_FILES, OF_EXPRESSIONS, OF_PYTHON)).split())
"""Words that cannot be names.

The generated text of a rule uses them itself (`codegen`), or they are keys and steps of scenarios, accounts and
runbooks, words of expressions, or arguments of the Python API, where inputs and variables are named beside them.
"""


class IllFormed(ValueError):
    """A model, a rule or a property that is not well formed.

    The path has keys and numbers from the model down; within a formula, positions in prefix notation: the first operand
    is 1.
    """

    def __init__(self, path: Path, message: str) -> None:
        where = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")
        super().__init__(f"{where}: {message}" if where else message)
        self.path = path
        self.message = message

    def __reduce__(self) -> tuple[type[IllFormed], tuple[Path, str]]:
        return IllFormed, (self.path, self.message)


@hashed_once
@dataclass(frozen=True)
class Signature:
    """The names that the rules and properties of a model may mention."""

    sorts: tuple[Sort, ...]
    state: tuple[Variable, ...]
    assumptions: tuple[tuple[str, tuple[str, ...]], ...]
    actions: tuple[tuple[str, tuple[Sort, ...]], ...] = ()

    def includes(self, other: Signature) -> bool:
        """Whether it has all names of another signature, with the same meaning."""
        return self is other or _includes(self, other)


@lru_cache(maxsize=1 << 12)
def _includes(one: Signature, other: Signature) -> bool:
    return one.sorts == other.sorts and all(
        set(getattr(one, names)) >= set(getattr(other, names)) for names in ("state", "assumptions", "actions")
    )


# ---------------------------------------------------------------- names


def name_problems(model: Model) -> Iterator[Problem]:
    """Collisions in the namespace of a model, with both places."""
    found: dict[str, tuple[str, str]] = {name: (name, "an outcome") for name in OUTCOMES}
    strata = {stratum.name for stratum in model.strata}

    def named(name: str, what: str, path: Path) -> Iterator[Problem]:
        before, kind = found.setdefault(name.replace("-", "_"), (name, what))
        if (before, kind) != (name, what):
            yield path, f"{name!r} cannot be {what}: {before!r} is {kind} already"

    for number, variable in enumerate(model.state):
        yield from named(variable.name, "a variable", ("state", number, "name"))
    for number, assumption in enumerate(model.assumptions):
        yield from named(assumption.name, "an assumption", ("assumptions", number, "name"))
    for number, rule in enumerate(model.rules):
        yield from named(rule.action, "an action", ("rules", number, "action"))
        for position, variable in enumerate(rule.inputs):
            yield from named(variable.name, "an input", ("rules", number, "inputs", position))
        for position, guard in enumerate(rule.guards):
            here: Path = ("rules", number, "guards", position)
            yield from named(guard.otherwise.id, "a refusal", (*here, "refusal"))
            if guard.stratum and guard.stratum not in strata:
                yield (*here, "stratum"), f"{guard.stratum!r} is not one of the strata of the model"
    for number, sort in enumerate(model.sorts):
        for position, element in enumerate(sort.special):
            yield from named(element, f"an element of {sort.name}", ("sorts", number, "special", position))
    yield from _twice((r.action for r in model.rules), "action", "rules")
    yield from _twice((p.id for p in model.properties), "property", "properties")
    yield from _twice((stratum.name for stratum in model.strata), "stratum", "strata")
    yield from _one_meaning(model)


def _twice(names: Iterable[str], kind: str, key: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name in seen:
            yield (key, number), f"a second {kind} called {name!r}"
        seen.add(name)


def _one_meaning(model: Model) -> Iterator[Problem]:
    """Check that a parameter or an input is the same wherever its name occurs."""
    meant: dict[str, Param | Variable] = {}
    for key, things in (("rules", model.rules), ("properties", model.properties)):
        for number, thing in enumerate(things):
            for other in mentioned(thing):
                if meant.setdefault(other.name, other) != other:
                    yield (key, number), f"different things have the name {other.name!r}"


def formulas_of(thing: Rule | Property) -> Iterator[Formula]:
    """Every formula of a rule, or of a property and the helpers of its proof."""
    if isinstance(thing, Rule):
        yield from (guard.condition for guard in thing.guards)
        yield from (effect.when for effect in (*thing.effects, *thing.on_failure))
    else:
        yield from (thing.formula, thing.earlier, thing.meanwhile, *(fair.steps for fair in thing.fair))
        for helper in thing.by:
            yield from formulas_of(helper)


def _declared_by(thing: Rule | Property) -> Iterator[Param | Variable]:
    """The parameters that a rule or a property binds itself, and the inputs of a rule."""
    if isinstance(thing, Rule):
        yield from (*thing.place, *thing.inputs)
        yield from (param for effect in (*thing.effects, *thing.on_failure) for param in effect.each)
    else:
        yield from (*thing.each, *(param for fair in thing.fair for param in fair.each))
        for helper in thing.by:
            yield from _declared_by(helper)


@lru_cache(maxsize=1 << 14)
def mentioned(thing: Rule | Property) -> tuple[Param | Variable, ...]:
    """Every parameter and every variable (without its index) of a rule or a property, each once."""
    found: dict[Param | Variable, None] = {}
    for formula in formulas_of(thing):
        for node in walk(formula):
            variable = variable_of(node)
            if variable is not None:
                found[unplaced(variable)] = None
            elif isinstance(node, Every | Some):
                found |= dict.fromkeys(node.over)
    return tuple(dict.fromkeys((*_declared_by(thing), *found)))


def valid_name(name: str) -> bool:
    """Whether a name is lower-case letters, digits and ``_``, not a Python keyword and not a reserved word."""
    return bool(re.fullmatch(r"[a-z][a-z0-9_]*", name, re.ASCII)) and not iskeyword(name) and name not in RESERVED


def unnamed(name: str) -> Iterator[str]:
    if not valid_name(name):
        yield f"{name!r} cannot be a name: lower-case letters, digits and '_', but no Python keyword or reserved word"


# ---------------------------------------------------------------- declarations


@lru_cache(maxsize=1 << 10)
def declaration_problems(signature: Signature) -> tuple[Problem, ...]:
    return tuple(_of_declarations(signature))


def _of_declarations(signature: Signature) -> Iterator[Problem]:
    yield from _twice((s.name for s in signature.sorts), "sort", "sorts")
    yield from _twice((v.name for v in signature.state), "variable", "state")
    yield from _twice((name for name, _ in signature.assumptions), "assumption", "assumptions")
    for number, sort in enumerate(signature.sorts):
        yield from ((("sorts", number, "name"), message) for message in unnamed(sort.name))
    longest: tuple[Sort, ...] = max((v.per for v in signature.state), key=len, default=())
    for number, variable in enumerate(signature.state):
        here: Path = ("state", number)
        yield from (((*here, "name"), message) for message in unnamed(variable.name))
        if variable.kind != "state" or variable.at:
            yield here, f"{variable.name} must be declared as state, without an index"
        if variable.per != longest[: len(variable.per)] or not set(variable.per) <= set(signature.sorts):
            yield here, f"{variable.name} must be indexed by the first of {', '.join(s.name for s in longest)}"
        yield from ((here, message) for message in bad_values(variable))
    for number, (name, values) in enumerate(signature.assumptions):
        if not values:
            yield ("assumptions", number, "values"), f"{name}: an assumption has at least one value"


def bad_values(variable: Variable) -> Iterator[str]:
    if isinstance(variable, Enum) and (not variable.values or len(set(variable.values)) < len(variable.values)):
        yield f"{variable.name} must have at least one value, and each value once"


# ---------------------------------------------------------------- assumptions


def unknown_value(name: str, value: str, assumptions: Sequence[Assumption]) -> Iterator[str]:
    known = {a.name: tuple(a.values) for a in assumptions}
    if name not in known:
        yield f"{name!r} is not an assumption of the model; known: {', '.join(known) or 'none'}"
    elif value not in known[name]:
        yield f"{value!r} is not a value of {name}; known: {', '.join(known[name])}"


def check_assumed(values: Mapping[str, str], assumptions: Sequence[Assumption]) -> None:
    """A `ValueError` if a value names no assumption, or no value of it."""
    for name, value in values.items():
        for message in unknown_value(name, value, assumptions):
            raise ValueError(message)
