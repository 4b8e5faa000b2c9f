"""The part of a composed rule that is about its base: the extensions' variables and inputs have their initial values.

Extensions are conservative: so reduced, each rule of the base answers every request as it did before the composition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from backup_slr.engine.compile.simplify import conj, disj, negate
from backup_slr.engine.core.formula import FALSE, TRUE, And, Formula, Literal, Not, Or
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.variable import Effect, Flag, Is, Variable, usual, variable_of
from backup_slr.engine.spec.composition import rebuilt


def initial_values(composed: Model, base: Model) -> dict[str, int]:
    """The initial values of the variables, and the usual values of the inputs, that only a composed model has.

    >>> from backup_slr.lifecycle import BACKUP
    >>> initial_values(BACKUP.extended("retention").model, BACKUP.model)
    {'kept_forever': 0, 'keeps_forever': 0}
    """
    names = {v.name for v in base.state} | {v.name for rule in base.rules for v in rule.inputs}
    inputs = {v.name: usual(v) for rule in composed.rules for v in rule.inputs}
    return {name: n for name, n in {**{v.name: 0 for v in composed.state}, **inputs}.items() if name not in names}


def reduced(rule: Rule, own: Mapping[str, int]) -> Rule:
    """The rule where the variables and inputs in `own` have these values, without its effects on them.

    It is about one step: an action may change a variable of an extension, and the next step differs.
    """

    def kept(effect: Effect) -> bool:
        return effect.variable.name not in own and effect.when != FALSE

    def settled(effect: Effect) -> Effect:
        return replace(effect, when=_folded(effect.when, own))

    guards = (replace(g, condition=_folded(g.condition, own)) for g in rule.guards)
    effects, on_failure = (tuple(filter(kept, map(settled, e))) for e in (rule.effects, rule.on_failure))
    return replace(
        rule,
        inputs=tuple(v for v in rule.inputs if v.name not in own),
        guards=tuple(g for g in guards if g.condition != TRUE),
        effects=effects,
        on_failure=on_failure,
    )


def _folded(formula: Formula, own: Mapping[str, int]) -> Formula:
    variable: Variable | None = variable_of(formula)
    if variable is not None:
        if variable.name not in own:
            return formula
        value = own[variable.name]
        match formula:
            case Flag():
                return Literal(bool(value))
            case Is(_, number):
                return Literal(number == value)
            case _:
                return TRUE  # a count is zero at the start, and has room
    inner = rebuilt(formula, lambda part: _folded(part, own))
    match inner:
        case And(parts):
            return conj(parts)
        case Or(parts):
            return disj(parts)
        case Not(body):
            return negate(body) if isinstance(body, Literal) else inner
        case _:
            body = getattr(inner, "body", None)
            return body if isinstance(body, Literal) else inner
