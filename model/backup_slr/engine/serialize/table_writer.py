"""A model as one JSON document, from which `serialize.load` makes an equal model again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass
from typing import Any, TypeVar, cast

from msgspec import UNSET, to_builtins

from backup_slr.engine.compile.naming import OUTCOMES, formulas_of, mentioned
from backup_slr.engine.core.formula import TRUE, Ends, Formula, Param, walk
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Property, Refusal, Rule
from backup_slr.engine.core.variable import Count, Effect, Enum, Variable
from backup_slr.engine.serialize import table_types as t
from backup_slr.engine.serialize.formulas import formula_document, variable_document

T = TypeVar("T")


def table_document(model: Model, definitions: Mapping[str, Formula] | None = None) -> dict[str, Any]:
    """The whole table: declarations, rules and properties, with all readings of all assumptions.

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
        definitions=tuple(t.DefinitionTable(name, formula_document(formula, named)) for formula, name in named.items()),
    )
    return to_builtins(table)


def _once(named: Iterable[tuple[str, T]]) -> list[T]:
    found: dict[str, T] = {}
    for name, thing in named:
        if found.setdefault(name, thing) != thing:
            raise ValueError(f"two different things are called {name}")
    return list(found.values())


def _table(thing: Any, named: Mapping[Formula, str], **known: Any) -> Any:
    """The struct of a thing, which has its fields; those that are not written as they are may be `known`."""
    match thing:
        case Rule():
            known["inputs"] = tuple(variable.name for variable in thing.inputs)
        case Guard():
            known["refusal"] = thing.otherwise.id
        case Effect(variable, value):
            known["variable"] = variable_document(variable)
            if not isinstance(variable, Count):
                known["value"] = variable.values[value] if isinstance(variable, Enum) else bool(value)
        case Property():
            known |= {name: UNSET for name in ("earlier", "meanwhile") if getattr(thing, name) == TRUE}
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
    """The struct of a variable where it is declared."""
    kind = getattr(t, f"{type(v).__name__}{which}")
    given = {name: getattr(v, name) for name in kind.__struct_fields__}
    return kind(**{**given, "per": tuple(sort.name for sort in v.per), **known})
