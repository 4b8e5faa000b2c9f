"""Well-formedness of a model: which names it may use, and which formulas may appear where.

This is the only check of rules and properties, both of those written in Python and of those read from a file. `Model`
runs it on itself, so every function that receives a `Model` can rely on it, and all evaluations of a formula (the
interpreter, grounding, generated code, the prover, the exports) agree on the formulas that pass.

- Every name has one meaning: state variables, inputs, assumptions, actions, refusals, outcomes and special elements
  share one namespace, in which ``-`` and ``_`` are the same. A parameter name belongs to one sort.
- A variable is declared, and indexed with one parameter or special element of each sort that it is kept per.
- A parameter is bound where it is used: by the place of the rule, by `each`, or by a quantifier.
- Guards, effects, and properties of states are not about a step. The body of `After` is about a state, so no step
  formula is nested in another.
- A rule mentions only the inputs that it lists.
"""

# pyright: reportUnnecessaryIsInstance=false
# Type hints are not enforced at run time: this module checks them.

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from backup_slr.engine.compile.naming import (
    IllFormed,
    Path,
    Problem,
    Signature,
    bad_values,
    declaration_problems,
    name_problems,
    unknown_value,
    unnamed,
)
from backup_slr.engine.core import formula as f
from backup_slr.engine.core.formula import Element, Formula, Index, Param, children
from backup_slr.engine.core.variable import (
    AtMost,
    Count,
    Effect,
    Enum,
    HasRoom,
    Is,
    Reading,
    Variable,
    unplaced,
    variable_of,
)

if TYPE_CHECKING:
    from backup_slr.engine.core.model import Model
    from backup_slr.engine.core.rule import Property, Rule


DOERS = ("person", "service")
KINDS = ("always", "step", "sometimes", "eventually", "possible")


@dataclass(frozen=True)
class _Context:
    """The names that a formula may mention at some point."""

    signature: Signature
    bound: frozenset[Param]
    inputs: Mapping[str, Variable] | None = None
    """The inputs that may be mentioned; None: any."""
    of_step: bool = False
    within_after: bool = False


def check_model(model: Model) -> None:
    """Raise `IllFormed` for the first problem of a model, with its path."""
    try:
        for path, message in _problems(model):
            raise IllFormed(path, message)
    except (AttributeError, TypeError) as error:
        raise IllFormed((), f"a part of the model has the wrong type: {error}") from None


def _problems(model: Model) -> Iterator[Problem]:
    assumptions = tuple((a.name, tuple(a.values)) for a in model.assumptions)
    declared = Signature(model.sorts, model.state, assumptions)
    actions = tuple((rule.action, tuple(p.sort for p in rule.place)) for rule in model.rules)
    yield from declaration_problems(declared)
    for number, rule in enumerate(model.rules):
        yield from ((("rules", number, *path), message) for path, message in _of_rule(rule, declared))
    signature = Signature(model.sorts, model.state, assumptions, actions)
    for number, asked in enumerate(model.properties):
        yield from ((("properties", number, *path), message) for path, message in _of_property(asked, signature))
    yield from name_problems(model)
    for name, value in model.assumed:
        yield from ((("assumed", name), message) for message in unknown_value(name, value, model.assumptions))


# ---------------------------------------------------------------- rules


@lru_cache(maxsize=1 << 14)
def _of_rule(rule: Rule, signature: Signature) -> tuple[Problem, ...]:
    return tuple(_rule_problems(rule, signature))


def _rule_problems(rule: Rule, signature: Signature) -> Iterator[Problem]:
    local = [*(p.name for p in rule.place), *(i.name for i in rule.inputs)]
    yield from ((("action",), message) for message in unnamed(rule.action))
    if rule.by not in DOERS:
        yield ("by",), f"must be one of {', '.join(DOERS)}, not {rule.by!r}"
    if rule.action in local:
        yield ("action",), "an action cannot be called like one of its parameters or inputs"
    yield from _binds(rule.place, signature, ("place",))
    for number, variable in enumerate(rule.inputs):
        here: Path = ("inputs", number)
        yield from ((here, message) for message in (*unnamed(variable.name), *bad_values(variable)))
        if variable.kind == "state" or variable.per or local.count(variable.name) > 1:
            yield here, f"{variable.name} must be an input: a parameter or a choice, given once, with a name of its own"
    inputs: dict[str, Variable] = {i.name: i for i in rule.inputs}
    context = _Context(signature, frozenset(rule.place), inputs)
    for number, guard in enumerate(rule.guards):
        yield from _formula(guard.condition, context, ("guards", number, "condition"))
        yield from _under(guard.under, signature, ("guards", number, "under"))
    for key, effects in (("effects", rule.effects), ("on_failure", rule.on_failure)):
        for number, effect in enumerate(effects):
            yield from _effect(effect, context, (key, number))


def _effect(effect: Effect, outside: _Context, path: Path) -> Iterator[Problem]:
    context = _Context(outside.signature, outside.bound | set(effect.each), outside.inputs)
    yield from _binds(effect.each, outside.signature, (*path, "each"))
    yield from _formula(effect.when, context, (*path, "when"))
    yield from _under(effect.under, outside.signature, (*path, "under"))
    variable = effect.variable
    if variable.kind != "state":
        yield (*path, "variable"), f"{variable.name} is a {variable.kind}; an effect changes a variable of the state"
        return
    yield from _placed(variable, context, (*path, "variable"), 1)
    values = len(variable.values) if isinstance(variable, Enum) else 2
    allowed: Sequence[int] = (-1, 1) if isinstance(variable, Count) else range(values)
    if not isinstance(effect.value, int) or effect.value not in allowed:  # pyright: ignore
        wanted = "1 or -1: a count goes one up or one down" if isinstance(variable, Count) else "one of its values"
        yield (*path, "value"), f"must be {wanted}"


def _under(under: tuple[Reading, ...], signature: Signature, path: Path) -> Iterator[Problem]:
    for number, (name, values) in enumerate((reading.assumption, reading.values) for reading in under):
        known = dict(signature.assumptions).get(name)
        if known is None:
            yield (*path, number, "assumption"), f"{name!r} is no assumption of the model"
        elif not values or not set(values) <= set(known):
            yield (*path, number, "values"), f"must be values of {name}: {', '.join(known)}"


# ---------------------------------------------------------------- properties


@lru_cache(maxsize=1 << 14)
def _of_property(asked: Property, signature: Signature) -> tuple[Problem, ...]:
    return tuple(_property_problems(asked, signature))


def _property_problems(asked: Property, signature: Signature) -> Iterator[Problem]:
    if asked.kind not in KINDS:
        yield ("kind",), f"must be one of {', '.join(KINDS)}, not {asked.kind!r}"
    step = _Context(signature, frozenset(asked.each), of_step=True)
    state = _Context(signature, frozenset(asked.each), {})
    yield from _binds(asked.each, signature, ("each",))
    yield from _formula(asked.formula, state if asked.kind in ("always", "possible") else step, ("formula",))
    if asked.kind in ("sometimes", "eventually"):
        yield from _formula(asked.earlier, state if asked.kind == "sometimes" else step, ("earlier",))
        yield from _formula(asked.meanwhile, step, ("meanwhile",))
    else:
        for key, formula in (("earlier", asked.earlier), ("meanwhile", asked.meanwhile)):
            if formula != f.Literal(True):
                yield (key,), f"means nothing here: only 'sometimes' and 'eventually' have it, not {asked.kind!r}"
    for number, fair in enumerate(asked.fair):
        if asked.kind != "eventually":
            yield ("fair", number), f"means nothing here: only 'eventually' has it, not {asked.kind!r}"
        if fair.strength not in ("weak", "strong"):
            yield ("fair", number, "strength"), f"must be weak or strong, not {fair.strength!r}"
        yield from _binds(fair.each, signature, ("fair", number, "each"))
        inner = _Context(signature, frozenset((*asked.each, *fair.each)), of_step=True)
        yield from _formula(fair.steps, inner, ("fair", number, "steps"))
    for number, (sort, least) in enumerate(asked.needs):
        if type(least) is not int or least < 1:
            yield ("needs", number, "least"), f"must be a whole number from 1 up, not {least!r}"
        if sort not in {s.name for s in signature.sorts}:
            yield ("needs", number, "sort"), f"{sort!r} is no sort of the model"
    for number, helper in enumerate(asked.by):
        if helper.kind != "always":
            yield ("by", number, "kind"), f"must be 'always', a property of states, not {helper.kind!r}"
        yield from ((("by", number, *path), message) for path, message in _of_property(helper, signature))


# ---------------------------------------------------------------- formulas


def _formula(formula: Formula, here: _Context, path: Path) -> Iterator[Problem]:
    if message := _no_formula(formula):
        yield path, message
        return
    if isinstance(formula, f.After | f.Unchanged | f.Does | f.Ends):
        name = type(formula).__name__.lower()
        if here.within_after:
            yield (*path, 0), f"{name!r} speaks of a step, and the body of 'after' of the state after it"
        elif not here.of_step:
            yield (*path, 0), f"{name!r} speaks of a step, and this must be about a state"
    match formula:
        case f.Does(actions, at):
            yield from _does(actions, at, here, path)
        case f.Unchanged(names):
            known = {variable.name for variable in here.signature.state}
            for number, name in enumerate(names, 1):
                if name not in known:
                    yield (*path, number), f"{name!r} is no variable of the state"
        case f.Same(param, element):
            yield from _index(param, here, (*path, 1))
            if element.sort != param.sort or not _exists(element, here.signature):
                yield (*path, 2), f"must be a special element of {param.sort.name}"
        case f.Every(over, body) | f.Some(over, body):
            yield from _binds(over, here.signature, (*path, 1))
            inner = _Context(here.signature, here.bound | set(over), here.inputs, here.of_step, here.within_after)
            yield from _formula(body, inner, (*path, 2))
        case f.After(body):
            yield from _formula(body, _Context(here.signature, here.bound, here.inputs, False, True), (*path, 1))
        case _:
            yield from _variable(formula, here, path)
            for number, child in enumerate(children(formula), 1):
                yield from _formula(child, here, (*path, number))


def _no_formula(formula: object) -> str:
    """The type error of a node or of its parts; empty if there is none."""
    match formula:
        case f.Literal(value) if type(value) is not bool:
            return f"a literal is True or False, not {value!r}"
        case f.Does(actions=names) | f.Unchanged(names=names) | f.Ends(how=names) if not (
            isinstance(names, tuple) and all(isinstance(name, str) for name in names)
        ):
            return f"must be a tuple of names, not {names!r}"
        case Is(variable, value) if not isinstance(variable, Enum) or type(value) is not int:
            return "compares an enumeration with the number of a value"
        case AtMost(variable, number) if not isinstance(variable, Count) or type(number) is not int:
            return "compares a count with a whole number"
        case HasRoom(variable) if not isinstance(variable, Count):
            return "asks whether a count has room"
        case Formula():
            return ""
        case _:
            return f"must be a formula, not {formula!r}"


def _variable(formula: Formula, here: _Context, path: Path) -> Iterator[Problem]:
    variable = variable_of(formula)
    if variable is None:
        return
    if variable.kind == "state":
        yield from _placed(variable, here, (*path, 1), 1)
    elif here.inputs is not None and here.inputs.get(variable.name) != variable:
        of_rule = "list it among the inputs of the rule" if here.inputs else "this must be about a state"
        yield (*path, 1), f"{variable.name} is no input here; {of_rule}"
    match formula:
        case Is(Enum(values=values), value) if not 0 <= value < len(values):
            yield (*path, 2), f"must be the number of a value of {variable.name}: 0 to {len(values) - 1}"
        case AtMost(_, number) if number < 0:
            yield (*path, 2), "must be 0 or more"
        case _:
            pass


def _placed(variable: Variable, here: _Context, path: Path, first: int) -> Iterator[Problem]:
    """A state variable where it is used: declared, and indexed."""
    declared = next((v for v in here.signature.state if v.name == variable.name), None)
    if declared is None or declared != unplaced(variable):
        yield path, f"{variable.name} is no variable of the state, or declared otherwise there"
    elif tuple(i.sort for i in variable.at) != declared.per:
        wanted = ", ".join(s.name for s in declared.per)
        yield path, f"{variable.name} is kept {f'for each {wanted}: index it so' if wanted else 'once: no index'}"
    for number, index in enumerate(variable.at, first):
        yield from _index(index, here, (*path, number))


def _index(index: Index, here: _Context, path: Path) -> Iterator[Problem]:
    if isinstance(index, Param):
        if index not in here.bound:
            yield path, f"{index.name!r} is not bound here"
    elif not _exists(index, here.signature):
        yield path, f"must be a special element of {index.sort.name}; all others are alike"


def _exists(element: Element, signature: Signature) -> bool:
    return element.sort in signature.sorts and 0 <= element.index < len(element.sort.special)


def _does(actions: tuple[str, ...], at: tuple[Index, ...], here: _Context, path: Path) -> Iterator[Problem]:
    known = dict(here.signature.actions)
    for number, action in enumerate(actions):
        if action not in known:
            yield (*path, 1, number), f"{action!r} is no action of the model"
        elif tuple(i.sort for i in at) != known[action][: len(at)]:
            place = ", ".join(s.name for s in known[action]) or "no place"
            yield path, f"{action} happens at {place}: name it so far at most"
    for number, index in enumerate(at, 2):
        yield from _index(index, here, (*path, number))


def _binds(over: tuple[Param, ...], signature: Signature, path: Path) -> Iterator[Problem]:
    names = [param.name for param in over]
    for number, param in enumerate(over):
        here: Path = (*path, number)
        yield from ((here, message) for message in unnamed(param.name))
        if param.sort not in signature.sorts:
            yield here, f"{param.sort.name!r} is no sort of the model"
        if names.index(param.name) < number:
            yield here, f"{param.name!r} is bound here twice"
