"""Formulas as nested JSON arrays, written and read.

========================================  =====================================================================
``true``, ``false``                       the literals
``["not", f]``                            also ``["and", f, ...]``, ``["or", f, ...]``, ``["implies", f, f]``
``["every", ["r", "v"], f]``              for all elements; ``some``: for at least one
``["same", "v", {"vault": "Default"}]``   a parameter stands for this element
``["flag", V]``                           a flag is true
``["is", V, "absent"]``                   an enumeration has this value
``["at-most", V, 0]``, ``["has-room", V]``  a count is no more than that; one more fits
``["use", "name"]``                       the definition of that name
``["after", f]``                          of a step: `f` holds after it
``["unchanged", "role", ...]``            of a step: these variables stay as they are
``["does", ["a", ...], I, ...]``          of a step: it is one of these actions, at this place
``["ends", "done", ...]``                 of a step: its outcome or refusal is one of these
========================================  =====================================================================

V is a variable: its name, or an array of its name and its indices. An index I is the name of a parameter, or an object
of a sort and one of its elements by name. Whether a formula may stand where it does is checked once the model is made
(`compile.wellformed`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, cast

from backup_slr.engine.compile.naming import OUTCOMES
from backup_slr.engine.core import formula as f
from backup_slr.engine.core.rule import Assumption, Refusal
from backup_slr.engine.core.variable import AtMost, Count, Enum, Flag, HasRoom, Is, Reading, Variable
from backup_slr.engine.serialize.json_file import JsonSource
from backup_slr.engine.serialize.table_types import LARGEST, ReadingTable
from backup_slr.engine.serialize.validation import Path, wrong
from backup_slr.errors import quoted, unknown

DEEPEST = 60


class FormulaOperator(NamedTuple):
    """The operands of an operator by kind, and the kind of any number of further ones; what a complaint asks for."""

    operands: tuple[str, ...] = ()
    rest: str = ""
    wants: str = ""


OPERATORS = {
    "not": FormulaOperator(("Formula",), wants="a formula"),
    "and": FormulaOperator(rest="Formula"),
    "or": FormulaOperator(rest="Formula"),
    "implies": FormulaOperator(("Formula", "Formula"), wants="two formulas: what is the case, what follows"),
    "every": FormulaOperator(("Names", "Formula"), wants="the names of parameters, and a formula"),
    "some": FormulaOperator(("Names", "Formula"), wants="the names of parameters, and a formula"),
    "same": FormulaOperator(("Index", "Index"), wants="a parameter and an element"),
    "flag": FormulaOperator(("Variable",), wants="a flag"),
    "is": FormulaOperator(("Variable", "Name"), wants="an enum and a value"),
    "at-most": FormulaOperator(("Variable", "Number"), wants="a count and a number"),
    "has-room": FormulaOperator(("Variable",), wants="a count"),
    "use": FormulaOperator(("Name",), wants="the name of a definition"),
    "after": FormulaOperator(("Formula",), wants="a formula"),
    "unchanged": FormulaOperator(rest="Name"),
    "does": FormulaOperator(("Names",), rest="Index", wants="an array of actions, and perhaps a place"),
    "ends": FormulaOperator(rest="Name"),
}


def formula_schemas() -> dict[str, Any]:
    """JSON Schemas of formulas and of their operands, by name."""

    def array(first: list[Any], rest: Any) -> dict[str, Any]:
        return {"type": "array", "prefixItems": first, "items": rest, "minItems": len(first)}

    reference = {
        kind: {"$ref": f"#/$defs/{kind}"} for kind in ("Formula", "Variable", "Index", "Name", "Names", "Number")
    }
    # Not a choice of all operators, which would try each on every operand, but one rule for each operator.
    operators = [
        {
            "if": {"prefixItems": [{"const": name}]},
            "then": array(
                [{"const": name}, *(reference[kind] for kind in one.operands)], reference.get(one.rest, False)
            ),
        }
        for name, one in OPERATORS.items()
    ]
    known = array([{"enum": list(OPERATORS)}], True)
    return {
        "Formula": {"if": {"type": "array"}, "then": {**known, "allOf": operators}, "else": {"type": "boolean"}},
        "Variable": {"anyOf": [{"type": "string"}, array([{"type": "string"}], reference["Index"])]},
        "Index": {"anyOf": [{"type": "string"}, {"type": "object", "minProperties": 1, "maxProperties": 1}]},
        "Name": {"type": "string"},
        "Names": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "Number": {"type": "integer", "minimum": 0, "maximum": LARGEST},
    }


# ---------------------------------------------------------------- writing


def formula_document(formula: f.Formula, named: Mapping[f.Formula, str], top: bool = True) -> Any:
    """A formula as JSON; where a part of it is one of the `named`, its name stands for it.

    >>> from backup_slr.lifecycle.vocabulary import r, v, vault, points
    >>> formula_document(vault[r, v] & ~points[r, v].is_zero(), {})
    ['and', ['flag', ['vault', 'r', 'v']], ['not', ['at-most', ['points', 'r', 'v'], 0]]]

    Raises
    ------
    TypeError
        When it holds a node of a kind that is not in the table above.
    """

    def inner(part: f.Formula) -> Any:
        return formula_document(part, named, False)

    if not top and formula in named:
        return ["use", named[formula]]
    match formula:
        case f.Literal(value):
            return value
        case f.Not(body):
            return ["not", inner(body)]
        case f.And(parts):
            return ["and", *map(inner, parts)]
        case f.Or(parts):
            return ["or", *map(inner, parts)]
        case f.Implies(premise, conclusion):
            return ["implies", inner(premise), inner(conclusion)]
        case f.Every(over, body) | f.Some(over, body):
            return ["every" if isinstance(formula, f.Every) else "some", [p.name for p in over], inner(body)]
        case f.Same(param, element):
            return ["same", param.name, index_document(element)]
        case Flag():
            return ["flag", variable_document(formula)]
        case Is(variable, value):
            return ["is", variable_document(variable), variable.values[value]]
        case AtMost(variable, number):
            return ["at-most", variable_document(variable), number]
        case HasRoom(variable):
            return ["has-room", variable_document(variable)]
        case f.After(body):
            return ["after", inner(body)]
        case f.Unchanged(names):
            return ["unchanged", *names]
        case f.Does(actions, at):
            return ["does", list(actions), *map(index_document, at)]
        case f.Ends(how):
            return ["ends", *how]
        case _:
            raise TypeError(f"{formula!r} has no form in JSON")


def variable_document(variable: Variable) -> Any:
    """A variable where it is used: its name, or an array of its name and its indices."""
    return [variable.name, *map(index_document, variable.at)] if variable.at else variable.name


def index_document(index: f.Index) -> Any:
    """An index of a variable or of a place."""
    if isinstance(index, f.Param):
        return index.name
    special = index.sort.special
    return {index.sort.name: special[index.index] if index.index < len(special) else index.index}


# ---------------------------------------------------------------- reading


@dataclass(frozen=True)
class FormulaReader:
    """The declarations of a table by name, and how formulas are read with them.

    `definitions` are the formulas with a name, not yet read, with their paths; `within` are the names of those that
    are being read, outermost first.
    """

    source: JsonSource
    sorts: dict[str, f.Sort] = field(default_factory=dict[str, f.Sort])
    params: dict[str, f.Param] = field(default_factory=dict[str, f.Param])
    state: dict[str, Variable] = field(default_factory=dict[str, Variable])
    inputs: dict[str, Flag | Enum] = field(default_factory=dict[str, "Flag | Enum"])
    refusals: dict[str, Refusal] = field(default_factory=dict[str, Refusal])
    assumptions: dict[str, Assumption] = field(default_factory=dict[str, Assumption])
    actions: dict[str, tuple[f.Param, ...]] = field(default_factory=dict[str, tuple[f.Param, ...]])
    definitions: dict[str, tuple[Any, Path]] = field(default_factory=dict[str, tuple[Any, Path]])
    within: tuple[str, ...] = ()
    depth: int = 0

    def formula(self, value: Any, *path: str | int) -> f.Formula:
        """The formula that a value is.

        Raises
        ------
        BadInput
            When it is none: with the path, and what would be right.
        """
        fail = self.source.fail
        if self.depth > DEEPEST:
            fail(f"nested more than {DEEPEST} deep", *path)
        if isinstance(value, bool):
            return f.Literal(value)
        if not isinstance(value, list):
            fail('must be a formula: true, false or an array such as ["not", ["flag", "busy"]]', *path)
        parts = self.array(value, 1, *path)
        name = self.string(parts[0], *path, 0)
        if name not in OPERATORS:
            fail(unknown("operator", name, OPERATORS, show=20), *path, 0)
        operands, rest, wants = OPERATORS[name]
        if len(parts) - 1 < len(operands) or (not rest and len(parts) - 1 > len(operands)):
            fail(f"{name!r} wants {wants}", *path)
        return replace(self, depth=self.depth + 1).operation(name, parts[1:], path)

    def operation(self, name: str, given: list[Any], path: Path) -> f.Formula:
        """The formula of an operator and its operands."""

        def inner(number: int) -> f.Formula:
            return self.formula(given[number], *path, number + 1)

        match name:
            case "and" | "or":
                parts = tuple(map(inner, range(len(given))))
                return f.And(parts) if name == "and" else f.Or(parts)
            case "not":
                return f.Not(inner(0))
            case "implies":
                return f.Implies(inner(0), inner(1))
            case "every" | "some":
                over = self.over(self.array(given[0], 1, *path, 1), *path, 1)
                return f.Every(over, inner(1)) if name == "every" else f.Some(over, inner(1))
            case "use":
                return self.definition(given[0], *path, 1)
            case "after":
                return f.After(inner(0))
            case "unchanged":
                return f.Unchanged(self.names(given, self.state, "variable of the state:", 1, *path))
            case "does":
                actions = self.names(self.array(given[0], 1, *path, 1), self.actions, "action", 0, *path, 1)
                return f.Does(actions, tuple(self.index(at, *path, i) for i, at in enumerate(given[1:], 2)))
            case "ends":
                return f.Ends(self.names(given, (*OUTCOMES, *self.refusals), "outcome or refusal", 1, *path))
            case "same":
                param, element = self.index(given[0], *path, 1), self.index(given[1], *path, 2)
                if not isinstance(param, f.Param):
                    self.source.fail("must be a parameter", *path, 1)
                if isinstance(element, f.Param):
                    self.source.fail(f"must be an element of {param.sort.name}", *path, 2)
                return f.Same(param, element)
            case _:
                return self.leaf(name, given, path)

    def leaf(self, name: str, given: list[Any], path: Path) -> f.Formula:
        """The formula of an operator on a variable."""
        variable = self.variable(given[0], *path, 1)
        match name, variable:
            case "flag", Flag():
                return variable
            case "is", Enum(values=values):
                value = self.source.one_of(
                    self.string(given[1], *path, 2), values, f"value of {variable.name}:", *path, 2
                )
                return Is(variable, values.index(value))
            case "at-most", Count():
                if type(given[1]) is not int or not 0 <= given[1] <= LARGEST:
                    wrong(self.source, f"a whole number from 0 to {LARGEST}", given[1], *path, 2)
                return AtMost(variable, given[1])
            case "has-room", Count():
                return HasRoom(variable)
            case _:
                kind = {Flag: "a flag", Enum: "an enum", Count: "a count"}[type(variable)]
                return self.source.fail(
                    f"{variable.name} is {kind}, and {name!r} wants {OPERATORS[name].wants}", *path, 1
                )

    def definition(self, value: Any, *path: str | int) -> f.Formula:
        """The formula of a definition; one that needs itself has none."""
        name = self.source.one_of(self.string(value, *path), self.definitions, "definition", *path)
        if name in self.within:
            circle = " -> ".join([*self.within[self.within.index(name) :], name])
            self.source.fail(f"the definition of {quoted(name)} goes round in a circle: {circle}", *path)
        formula, where = self.definitions[name]
        return replace(self, within=(*self.within, name)).formula(formula, *where)

    # ------------------------------------------------------------ names

    def string(self, value: Any, *path: str | int) -> str:
        """A string."""
        if not isinstance(value, str):
            wrong(self.source, "a string", value, *path)
        return value

    def array(self, value: Any, least: int, *path: str | int) -> list[Any]:
        """An array that is not too short."""
        if not isinstance(value, list):
            wrong(self.source, "an array", value, *path)
        found = cast("list[Any]", value)
        if len(found) < least:
            self.source.fail(f"must have at least {least} element", *path)
        return found

    def names(self, given: list[Any], known: Any, kind: str, first: int, *path: str | int) -> tuple[str, ...]:
        """Known names; the number of the first in its array is `first`."""
        return tuple(
            self.source.one_of(self.string(name, *path, i), known, kind, *path, i)
            for i, name in enumerate(given, first)
        )

    def over(self, names: Any, *path: str | int) -> tuple[f.Param, ...]:
        """Different parameters, by their names."""
        known = self.names(list(names), self.params, "parameter", 0, *path)
        return tuple(self.params[name] for name in self.source.each_once(known, *path))

    def index(self, value: Any, *path: str | int) -> f.Index:
        """An index of a variable: a parameter, or an element of a sort."""
        fail = self.source.fail
        if isinstance(value, str):
            return self.params[self.source.one_of(value, self.params, "parameter", *path)]
        if not isinstance(value, dict):
            wrong(self.source, self.source.table, value, *path)
        named = cast("dict[str, Any]", value)
        if len(named) != 1:
            fail('must be a parameter or one element, such as {"vault": "Default"}', *path)
        ((name, element),) = named.items()
        sort = self.sorts[self.source.one_of(name, self.sorts, "sort", *path)]
        if not sort.special:
            fail(f"no {name} can be singled out: all are alike", *path, name)
        if not isinstance(element, str):
            known = ", ".join(map(quoted, sort.special))
            fail(f"must be one that has a name: {known}; all others are alike", *path, name)
        return sort.element(self.source.one_of(element, sort.special, f"element of {name}:", *path, name))

    def variable(self, value: Any, *path: str | int) -> Variable:
        """A variable, with its indices."""
        known: dict[str, Variable] = {**self.state, **self.inputs}
        if isinstance(value, str):
            return known[self.source.one_of(value, known, "variable", *path)]
        first, *at = self.array(value, 1, *path)
        name = self.source.one_of(self.string(first, *path, 0), known, "variable", *path, 0)
        return (
            replace(known[name], at=tuple(self.index(i, *path, n) for n, i in enumerate(at, 1))) if at else known[name]
        )

    def under(self, given: tuple[ReadingTable, ...], *path: str | int) -> tuple[Reading, ...]:
        """The readings under which a part of a rule exists."""
        found: list[Reading] = []
        for number, said in enumerate(given):
            here = (*path, number)
            name = self.source.one_of(said.assumption, self.assumptions, "assumption", *here, "assumption")
            values = list(said.values)
            known = self.names(values, self.assumptions[name].values, f"value of {name}:", 0, *here, "values")
            found.append(Reading(name, self.source.each_once(known, *here, "values")))
        return tuple(found)
