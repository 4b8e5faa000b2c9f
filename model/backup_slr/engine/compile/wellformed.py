"""Well-formedness of a model: the names that it may use, and the formulas that are valid in each position.

This is the only check of rules and properties, both of those written in Python and of those read from a file. `Model`
runs it on itself, so every function that receives a `Model` can rely on it, and all evaluations of a formula (the
interpreter, grounding, generated code, the prover, the exports) agree on the formulas that pass. `formula_check` checks
the formulas themselves.

- Every name has one meaning: state variables, inputs, assumptions, actions, refusals, outcomes and special elements
  share one namespace, in which ``-`` and ``_`` are the same. A parameter name belongs to one sort.
- A variable is declared, and indexed with one parameter or special element of each of its sorts.
- A parameter is bound where it is used: by the place of the rule, by `each`, or by a quantifier.
- Guards, effects, and state properties are not about a step. The body of `After` is about a state, so step formulas are
  not nested.
- A rule mentions only the inputs that it lists.
"""

# pyright: reportUnnecessaryIsInstance=false
# Type hints are not enforced at run time: this module checks them.

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from backup_slr.engine.compile.formula_check import FormulaContext, binding_problems, formula_problems, placing_problems
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
from backup_slr.engine.core.formula import Literal
from backup_slr.engine.core.variable import Count, Effect, Reading, Variable, numbers_of

if TYPE_CHECKING:
    from backup_slr.engine.core.model import Model
    from backup_slr.engine.core.rule import Property, Rule


T = TypeVar("T", bound="Rule | Property")

DOERS = ("person", "service")
KINDS = ("always", "step", "sometimes", "eventually", "possible")


def check_model(model: Model) -> None:
    """Check a whole model. Raises `IllFormed` when it is not well formed: the first problem, with its path."""
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


# ---------------------------------------------------------------- parts that are known to be well formed


@lru_cache(maxsize=1 << 14)
def _accepted(_: Rule | Property) -> deque[Signature]:
    """The last signatures under which a part was found to be well formed."""
    return deque(maxlen=8)


def _unless_accepted(
    part: T, signature: Signature, check: Callable[[T, Signature], Iterator[Problem]]
) -> tuple[Problem, ...]:
    """The problems of a part: none if it has none with fewer names, since no name that it uses is missing now."""
    accepted = _accepted(part)
    if any(signature.includes(one) for one in accepted):
        return ()
    found = tuple(check(part, signature))
    if not found:
        accepted.append(signature)
    return found


# ---------------------------------------------------------------- rules


def _of_rule(rule: Rule, signature: Signature) -> tuple[Problem, ...]:
    return _unless_accepted(rule, signature, _rule_problems)


def _rule_problems(rule: Rule, signature: Signature) -> Iterator[Problem]:
    local = [*(p.name for p in rule.place), *(i.name for i in rule.inputs)]
    yield from ((("action",), message) for message in unnamed(rule.action))
    if rule.by not in DOERS:
        yield ("by",), f"must be one of {', '.join(DOERS)}, not {rule.by!r}"
    if rule.action in local:
        yield ("action",), "an action cannot have the name of one of its parameters or inputs"
    yield from binding_problems(rule.place, signature, ("place",))
    for number, variable in enumerate(rule.inputs):
        here: Path = ("inputs", number)
        yield from ((here, message) for message in (*unnamed(variable.name), *bad_values(variable)))
        if variable.kind == "state" or variable.per or local.count(variable.name) > 1:
            yield here, f"{variable.name} must be an input: a parameter or a choice, given once, with a name of its own"
    inputs: dict[str, Variable] = {i.name: i for i in rule.inputs}
    context = FormulaContext(signature, frozenset(rule.place), inputs)
    for number, guard in enumerate(rule.guards):
        yield from formula_problems(guard.condition, context, ("guards", number, "condition"))
        yield from _under(guard.under, signature, ("guards", number, "under"))
    for key, effects in (("effects", rule.effects), ("on_failure", rule.on_failure)):
        for number, effect in enumerate(effects):
            yield from _effect(effect, context, (key, number))


def _effect(effect: Effect, outside: FormulaContext, path: Path) -> Iterator[Problem]:
    context = FormulaContext(outside.signature, outside.bound | set(effect.each), outside.inputs)
    yield from binding_problems(effect.each, outside.signature, (*path, "each"))
    yield from formula_problems(effect.when, context, (*path, "when"))
    yield from _under(effect.under, outside.signature, (*path, "under"))
    variable = effect.variable
    if variable.kind != "state":
        yield (*path, "variable"), f"{variable.name} is a {variable.kind}; an effect changes a state variable"
        return
    yield from placing_problems(variable, context, (*path, "variable"), 1)
    allowed: Sequence[int] = (-1, 1) if isinstance(variable, Count) else numbers_of(variable)
    if not isinstance(effect.value, int) or effect.value not in allowed:  # pyright: ignore
        wanted = "1 or -1: a count changes by one" if isinstance(variable, Count) else "one of its values"
        yield (*path, "value"), f"must be {wanted}"


def _under(under: tuple[Reading, ...], signature: Signature, path: Path) -> Iterator[Problem]:
    for number, (name, values) in enumerate((reading.assumption, reading.values) for reading in under):
        known = dict(signature.assumptions).get(name)
        if known is None:
            yield (*path, number, "assumption"), f"{name!r} is not an assumption of the model"
        elif not values or not set(values) <= set(known):
            yield (*path, number, "values"), f"must be values of {name}: {', '.join(known)}"


# ---------------------------------------------------------------- properties


def _of_property(asked: Property, signature: Signature) -> tuple[Problem, ...]:
    return _unless_accepted(asked, signature, _property_problems)


def _property_problems(asked: Property, signature: Signature) -> Iterator[Problem]:
    if asked.kind not in KINDS:
        yield ("kind",), f"must be one of {', '.join(KINDS)}, not {asked.kind!r}"
    step = FormulaContext(signature, frozenset(asked.each), of_step=True)
    state = FormulaContext(signature, frozenset(asked.each), {})
    yield from binding_problems(asked.each, signature, ("each",))
    yield from formula_problems(asked.formula, state if asked.kind in ("always", "possible") else step, ("formula",))
    if asked.kind in ("sometimes", "eventually"):
        yield from formula_problems(asked.earlier, state if asked.kind == "sometimes" else step, ("earlier",))
        yield from formula_problems(asked.meanwhile, step, ("meanwhile",))
    else:
        for key, formula in (("earlier", asked.earlier), ("meanwhile", asked.meanwhile)):
            if formula != Literal(True):
                yield (key,), f"is not allowed here: only 'sometimes' and 'eventually' have it, not {asked.kind!r}"
    for number, fair in enumerate(asked.fair):
        if asked.kind != "eventually":
            yield ("fair", number), f"is not allowed here: only 'eventually' has it, not {asked.kind!r}"
        if fair.strength not in ("weak", "strong"):
            yield ("fair", number, "strength"), f"must be weak or strong, not {fair.strength!r}"
        yield from binding_problems(fair.each, signature, ("fair", number, "each"))
        inner = FormulaContext(signature, frozenset((*asked.each, *fair.each)), of_step=True)
        yield from formula_problems(fair.steps, inner, ("fair", number, "steps"))
    for number, (sort, least) in enumerate(asked.needs):
        if type(least) is not int or least < 1:
            yield ("needs", number, "least"), f"must be a whole number of at least 1, not {least!r}"
        if sort not in {s.name for s in signature.sorts}:
            yield ("needs", number, "sort"), f"{sort!r} is not a sort of the model"
    for number, helper in enumerate(asked.by):
        if helper.kind != "always":
            yield ("by", number, "kind"), f"must be 'always', a property of states, not {helper.kind!r}"
        yield from ((("by", number, *path), message) for path, message in _of_property(helper, signature))
