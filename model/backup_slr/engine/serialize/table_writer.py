"""Write a model as one JSON document, from which `serialize.load` restores an equal model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from itertools import chain, repeat
from typing import Any, TypeVar, cast

from msgspec import UNSET, to_builtins

from backup_slr.engine.compile.naming import OUTCOMES, formulas_of, mentioned
from backup_slr.engine.core.formula import TRUE, Ends, Formula, Index, Literal, Param, walk
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Property, Refusal, Rule
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag, Is, Variable
from backup_slr.engine.serialize import table_types as t
from backup_slr.engine.serialize.formulas import FORM_OF, OPERATORS

T = TypeVar("T")


def table_document(model: Model, definitions: Mapping[str, Formula] | None = None) -> dict[str, Any]:
    """The whole table: declarations, rules and properties, for all values of all assumptions.

    Parameters
    ----------
    model
        The model to write.
    definitions
        Formulas that get a name in the document, to make it easier to read.

    Raises
    ------
    ValueError
        When two different parameters, variables or refusals have the same name.
    """
    named = {formula: name for name, formula in (definitions or {}).items()}
    used = [thing for owner in (*model.rules, *model.properties) for thing in mentioned(owner)]
    params = _once((x.name, x) for x in used if isinstance(x, Param))
    inputs = _once((x.name, x) for x in used if not isinstance(x, Param) and x.kind != "state")
    refusals = _once((g.otherwise.id, g.otherwise) for rule in model.rules for g in rule.guards)
    # A property may refer to a refusal whose guard was removed.
    nodes = (node for p in model.properties for formula in formulas_of(p) for node in walk(formula))
    ends = dict.fromkeys(end for node in nodes if isinstance(node, Ends) for end in node.how)
    gone = [end for end in ends if end not in (*OUTCOMES, *(r.id for r in refusals))]
    refusals += [Refusal(end, "no guard refuses with it", None) for end in gone]
    table = _table(
        model,
        named,
        parameters={p.name: p.sort.name for p in params},
        state=tuple(_declared(v, "Table") for v in model.state),
        inputs=tuple(_declared(v, "Input", owner="") for v in inputs),
        refusals=_written(tuple(refusals), named),
        assumed=dict(model.assumed),
        extensions=(),
        definitions=tuple(t.DefinitionTable(name, formula_document(formula, named)) for formula, name in named.items()),
    )
    return to_builtins(table)


def _once(named: Iterable[tuple[str, T]]) -> list[T]:
    found: dict[str, T] = {}
    for name, thing in named:
        if found.setdefault(name, thing) != thing:
            raise ValueError(f"different things have the name {name}")
    return list(found.values())


def _table(thing: Any, named: Mapping[Formula, str], **known: Any) -> Any:
    """The struct of a thing, with the same fields; `known` has the values that are written differently."""
    match thing:
        case Rule():
            known["inputs"] = tuple(variable.name for variable in thing.inputs)
        case Guard():
            known |= {"refusal": thing.otherwise.id} | ({} if thing.stratum else {"stratum": UNSET})
        case Effect(variable, value):
            known["variable"] = variable_document(variable)
            if not isinstance(variable, Count):
                known["value"] = variable.values[value] if isinstance(variable, Enum) else bool(value)
        case Property():
            known |= {name: UNSET for name in ("earlier", "meanwhile") if getattr(thing, name) == TRUE}
            known |= {name: UNSET for name in ("variant_of", "extension") if not getattr(thing, name)}
            known |= {"needs": tuple(t.NeedTable(*need) for need in thing.needs)} | ({} if thing.by else {"by": UNSET})
        case _:
            pass
    kind = getattr(t, f"{type(thing).__name__}Table")
    others = (name for name in kind.__struct_fields__ if name not in known)
    return kind(**known, **{name: _written(getattr(thing, name), named) for name in others})


def _written(value: Any, named: Mapping[Formula, str]) -> Any:
    match value:
        case Formula():
            return formula_document(value, named, False)
        case Param():
            return value.name
        case tuple():
            return tuple(_written(one, named) for one in cast("tuple[Any, ...]", value))
        case Mapping():
            return dict(cast("Mapping[str, str]", value))
        case _:
            return _table(value, named) if is_dataclass(value) else value


def _declared(v: Variable, which: str, **known: Any) -> Any:
    """The struct of the declaration of a variable."""
    kind = getattr(t, f"{type(v).__name__}{which}")
    given = {name: getattr(v, name) for name in kind.__struct_fields__}
    return kind(**{**given, "per": tuple(sort.name for sort in v.per), **known})


# ---------------------------------------------------------------- formulas

NAMES = {one.node: name for name, one in OPERATORS.items()}


def formula_document(formula: Formula, named: Mapping[Formula, str], top: bool = True) -> Any:
    """A formula as JSON; parts with a name in `named` are replaced by their names.

    >>> from backup_slr.lifecycle.vocabulary import r, v, vault, points
    >>> formula_document(vault[r, v] & ~points[r, v].is_zero(), {})
    ['and', ['flag', ['vault', 'r', 'v']], ['not', ['at-most', ['points', 'r', 'v'], 0]]]
    """
    given: list[Any]
    if not top and formula in named:
        return ["use", named[formula]]
    match formula:
        case Literal(value):
            return value
        case Flag():
            name, given = "flag", [formula]
        case Is(variable, value):
            name, given = "is", [variable, variable.values[value]]
        case _ if type(formula) in NAMES:
            name, given = NAMES[type(formula)], [getattr(formula, one.name) for one in fields(cast("Any", formula))]
        case _:
            raise TypeError(f"{formula!r} has no form in JSON")
    operands, rest = OPERATORS[name].operands, OPERATORS[name].rest
    if rest:
        given[-1:] = given[-1]

    def written(kind: str, operand: Any) -> Any:
        match FORM_OF[kind]:
            case "Formula":
                return formula_document(operand, named, False)
            case "Variable":
                return variable_document(operand)
            case "Index":
                return index_document(operand)
            case "Names":
                return [getattr(one, "name", one) for one in operand]
            case _:
                return operand

    return [name, *map(written, chain(operands, repeat(rest)), given)]


def variable_document(variable: Variable) -> Any:
    """A use of a variable: its name, or an array of its name and its indices."""
    return [variable.name, *map(index_document, variable.at)] if variable.at else variable.name


def index_document(index: Index) -> Any:
    if isinstance(index, Param):
        return index.name
    special = index.sort.special
    return {index.sort.name: special[index.index] if index.index < len(special) else index.index}
