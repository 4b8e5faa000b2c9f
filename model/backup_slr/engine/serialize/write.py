"""A model as one JSON document, from which `exchange.load` makes an equal model again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from backup_slr.engine.compile.naming import OUTCOMES, formulas_of, mentioned
from backup_slr.engine.core.formula import TRUE, Ends, Formula, Param, walk
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Fair, Guard, Property, Refusal, Rule
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag, Reading, Variable
from backup_slr.engine.serialize.formulas import formula_document, variable_document

Document = dict[str, Any]
Named = Mapping[Formula, str]
T = TypeVar("T")


def table_document(model: Model, definitions: Mapping[str, Formula] | None = None) -> Document:
    """The whole table: vocabulary, rules and properties, all readings of all assumptions among them.

    Parameters
    ----------
    model
        What to write.
    definitions
        Formulas that get a name in the document, for its readers' sake.

    Raises
    ------
    ValueError
        When two different parameters, variables or refusals have one name, which could not be told apart again.
    """
    named = {formula: name for name, formula in (definitions or {}).items()}
    used = [thing for owner in (*model.rules, *model.properties) for thing in mentioned(owner)]
    params = _once((x.name, x) for x in used if isinstance(x, Param))
    inputs = _once((x.name, x) for x in used if not isinstance(x, Param) and x.kind != "state")
    refusals = _once((g.otherwise.id, g.otherwise) for rule in model.rules for g in rule.guards)
    # A property may speak of a refusal that no guard has any more, since it was left out.
    ends = dict.fromkeys(end for p in model.properties for f in formulas_of(p) for end in _ends(f))
    gone = [end for end in ends if end not in (*OUTCOMES, *(r.id for r in refusals))]
    refusals += [Refusal(end, "no guard refuses with it", None) for end in gone]
    return {
        "name": model.name,
        "sorts": [{"name": s.name, "special": list(s.special)} for s in model.sorts],
        "parameters": {p.name: p.sort.name for p in params},
        "state": [_declaration(v) for v in model.state],
        "inputs": [{"kind": i.kind, **_declaration(i)} for i in inputs],
        "refusals": [{"id": r.id, "says": r.says, "error_code": r.error_code} for r in refusals],
        "assumptions": [
            {"name": a.name, "question": a.question, "values": dict(a.values), "evidence": a.evidence}
            for a in model.assumptions
        ],
        "assumed": dict(model.assumed),
        "definitions": [{"name": n, "formula": formula_document(formula, named)} for formula, n in named.items()],
        "rules": [_rule(rule, named) for rule in model.rules],
        "properties": [_property(p, named) for p in model.properties],
    }


def _once(named: Iterable[tuple[str, T]]) -> list[T]:
    found: dict[str, T] = {}
    for name, thing in named:
        if found.setdefault(name, thing) != thing:
            raise ValueError(f"two different things are called {name}")
    return list(found.values())


def _ends(formula: Formula) -> Iterator[str]:
    """Every outcome and refusal that a formula mentions."""
    return (how for node in walk(formula) if isinstance(node, Ends) for how in node.how)


def _declaration(variable: Variable) -> Document:
    found: Document = {"name": variable.name, "per": [s.name for s in variable.per]}
    match variable:
        case Flag():
            return found | {"type": "flag", "default": variable.default, "reads": list(variable.reads)}
        case Enum():
            reads = {"reads": list(variable.reads), "reads_not": list(variable.reads_not)}
            return found | {"type": "enum", "values": list(variable.values), "required": variable.required} | reads
        case Count():
            return found | {"type": "count", "reads": variable.reads}


def _rule(rule: Rule, named: Named) -> Document:
    return {
        "action": rule.action,
        "says": rule.says,
        "by": rule.by,
        "operations": list(rule.operations),
        "clauses": list(rule.clauses),
        "place": [p.name for p in rule.place],
        "inputs": [i.name for i in rule.inputs],
        "guards": [_guard(g, named) for g in rule.guards],
        "effects": [_effect(e, named) for e in rule.effects],
        "on_failure": [_effect(e, named) for e in rule.on_failure],
    }


def _guard(guard: Guard, named: Named) -> Document:
    return {
        "condition": formula_document(guard.condition, named, False),
        "refusal": guard.otherwise.id,
        "fails": guard.fails,
        "error_code": guard.error_code,
        "clause": guard.clause,
        "under": _under(guard.under),
    }


def _effect(effect: Effect, named: Named) -> Document:
    variable = effect.variable
    match variable:
        case Flag():
            value: Any = bool(effect.value)
        case Enum():
            value = variable.values[effect.value]
        case Count():
            value = effect.value
    return {
        "variable": variable_document(variable),
        "value": value,
        "when": formula_document(effect.when, named, False),
        "each": [p.name for p in effect.each],
        "clause": effect.clause,
        "under": _under(effect.under),
    }


def _under(under: tuple[Reading, ...]) -> list[Document]:
    return [{"assumption": reading.assumption, "values": list(reading.values)} for reading in under]


def _property(p: Property, named: Named) -> Document:
    found: Document = {
        "kind": p.kind,
        "id": p.id,
        "sentence": p.sentence,
        "clauses": list(p.clauses),
        "formula": formula_document(p.formula, named, False),
    }
    for key, formula in (("earlier", p.earlier), ("meanwhile", p.meanwhile)):
        if formula != TRUE:
            found[key] = formula_document(formula, named, False)
    if p.by:
        found["by"] = [_property(helper, named) for helper in p.by]
    return found | {
        "each": [param.name for param in p.each],
        "fair": [_fair(fair, named) for fair in p.fair],
        "needs": [{"sort": sort, "least": least} for sort, least in p.needs],
    }


def _fair(fair: Fair, named: Named) -> Document:
    return {
        "strength": fair.strength,
        "says": fair.says,
        "steps": formula_document(fair.steps, named, False),
        "each": [p.name for p in fair.each],
    }
