"""Read formulas from nested JSON arrays; `table_writer` writes them.

========================================  =====================================================================
``true``, ``false``                       the literals
``["not", f]``                            also ``["and", f, ...]``, ``["or", f, ...]``, ``["implies", f, f]``
``["every", ["r", "v"], f]``              for all elements; ``some``: for at least one
``["same", "v", {"vault": "Default"}]``   a parameter is this element
``["flag", V]``                           a flag is true
``["is", V, "absent"]``                   an enumeration has this value
``["at-most", V, 0]``, ``["has-room", V]``  a count is at most this; one more fits
``["use", "name"]``                       the definition of that name
``["after", f]``                          of a step: `f` holds after it
``["unchanged", "role", ...]``            of a step: these variables do not change
``["does", ["a", ...], I, ...]``          of a step: it is one of these actions, at this place
``["ends", "done", ...]``                 of a step: its outcome or refusal is one of these
========================================  =====================================================================

V is a variable: its name, or an array of its name and its indices. An index I is the name of a parameter, or an object
of a sort and one of its elements by name. `compile.wellformed` checks later whether a formula is allowed at its
position.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, repeat
from typing import Any, NamedTuple, cast

from backup_slr.engine.compile.naming import OUTCOMES
from backup_slr.engine.core import formula as f
from backup_slr.engine.core.rule import Assumption, Refusal, Stratum
from backup_slr.engine.core.variable import AtMost, Enum, Flag, HasRoom, Is, Reading, Variable
from backup_slr.engine.serialize.json_file import JsonSource
from backup_slr.engine.serialize.table_types import LARGEST, ReadingTable
from backup_slr.engine.serialize.validation import Path
from backup_slr.errors import quoted, unknown

DEEPEST = 60


class FormulaOperator(NamedTuple):
    """The node of an operator (None: its operand), the kinds of its operands, and the kind of any further operands.

    The operands are the fields of the node, in order; further ones are the elements of its last field. `wants`
    describes them in messages.
    """

    node: Callable[..., f.Formula] | None
    operands: tuple[str, ...] = ()
    rest: str = ""
    wants: str = ""


OPERATORS = {
    "not": FormulaOperator(f.Not, ("Formula",), wants="a formula"),
    "and": FormulaOperator(f.And, rest="Formula"),
    "or": FormulaOperator(f.Or, rest="Formula"),
    "implies": FormulaOperator(f.Implies, ("Formula", "Formula"), wants="two formulas: a premise and a conclusion"),
    "every": FormulaOperator(f.Every, ("Params", "Formula"), wants="the names of parameters, and a formula"),
    "some": FormulaOperator(f.Some, ("Params", "Formula"), wants="the names of parameters, and a formula"),
    "same": FormulaOperator(f.Same, ("Param", "Element"), wants="a parameter and an element"),
    "flag": FormulaOperator(None, ("Flag",), wants="a flag"),
    "is": FormulaOperator(Is, ("Enum", "Value"), wants="an enum and a value"),
    "at-most": FormulaOperator(AtMost, ("Count", "Number"), wants="a count and a number"),
    "has-room": FormulaOperator(HasRoom, ("Count",), wants="a count"),
    "use": FormulaOperator(None, ("Definition",), wants="the name of a definition"),
    "after": FormulaOperator(f.After, ("Formula",), wants="a formula"),
    "unchanged": FormulaOperator(f.Unchanged, rest="State"),
    "does": FormulaOperator(f.Does, ("Actions",), rest="Index", wants="an array of actions, and optionally a place"),
    "ends": FormulaOperator(f.Ends, rest="End"),
}
FORM_OF = {
    "Formula": "Formula",
    "Number": "Number",
    **dict.fromkeys(("Flag", "Enum", "Count"), "Variable"),
    **dict.fromkeys(("Index", "Param", "Element"), "Index"),
    **dict.fromkeys(("Value", "Definition", "State", "End"), "Name"),
    **dict.fromkeys(("Params", "Actions"), "Names"),
}
"""The JSON form of operands of each kind."""


@dataclass(frozen=True)
class FormulaReader:
    """A reader of formulas, with the declarations of a table by name.

    `definitions` are the named formulas that are not yet read, with their paths; `within` are the names of those being
    read, outermost first.
    """

    source: JsonSource
    sorts: dict[str, f.Sort] = field(default_factory=dict[str, f.Sort])
    params: dict[str, f.Param] = field(default_factory=dict[str, f.Param])
    state: dict[str, Variable] = field(default_factory=dict[str, Variable])
    inputs: dict[str, Flag | Enum] = field(default_factory=dict[str, "Flag | Enum"])
    strata: dict[str, Stratum] = field(default_factory=dict[str, Stratum])
    refusals: dict[str, Refusal] = field(default_factory=dict[str, Refusal])
    assumptions: dict[str, Assumption] = field(default_factory=dict[str, Assumption])
    actions: dict[str, tuple[f.Param, ...]] = field(default_factory=dict[str, tuple[f.Param, ...]])
    definitions: dict[str, tuple[Any, Path]] = field(default_factory=dict[str, tuple[Any, Path]])
    within: tuple[str, ...] = ()
    depth: int = 0

    def formula(self, value: Any, *path: str | int) -> f.Formula:
        fail = self.source.fail
        if self.depth > DEEPEST:
            fail(f"nested more than {DEEPEST} deep", *path)
        if isinstance(value, bool):
            return f.Literal(value)
        if not isinstance(value, list):
            fail('must be a formula: true, false or an array such as ["not", ["flag", "busy"]]', *path)
        parts = self.array(value, *path)
        name = self.string(parts[0], *path, 0)
        if name not in OPERATORS:
            fail(unknown("operator", name, OPERATORS, show=20), *path, 0)
        node, operands, rest, wants = OPERATORS[name]
        if len(parts) - 1 < len(operands) or (not rest and len(parts) - 1 > len(operands)):
            fail(f"{name!r} expects {wants}", *path)
        inner, found = replace(self, depth=self.depth + 1), list[Any]()
        for number, (kind, operand) in enumerate(zip(chain(operands, repeat(rest)), parts[1:], strict=False), 1):
            found.append(inner.operand(kind, operand, name, found, *path, number))
        if rest:
            found[len(operands) :] = [tuple(found[len(operands) :])]
        return node(*found) if node else found[0]

    def operand(self, kind: str, value: Any, name: str, before: list[Any], *path: str | int) -> Any:
        """Read an operand of an operator; `before` are the operands before it."""
        source = self.source
        match kind:
            case "Formula":
                return self.formula(value, *path)
            case "Definition":
                return self.definition(value, *path)
            case "Params":
                return self.over(self.array(value, *path), *path)
            case "Actions":
                return self.names(self.array(value, *path), self.actions, "action", *path)
            case "Param" | "Element" | "Index":
                index = self.index(value, *path)
                if kind == "Param" and not isinstance(index, f.Param):
                    source.fail("must be a parameter", *path)
                if kind == "Element" and isinstance(index, f.Param):
                    source.fail(f"must be an element of {before[0].sort.name}", *path)
                return index
            case "Number":
                if type(value) is not int or not 0 <= value <= LARGEST:
                    source.wrong(f"a whole number from 0 to {LARGEST}", value, *path)
                return value
            case "Flag" | "Enum" | "Count":
                variable = self.variable(value, *path)
                if kind != (given := type(variable).__name__):
                    is_a = f"{variable.name} is {'an' if given == 'Enum' else 'a'} {given.lower()}"
                    source.fail(f"{is_a}, but {name!r} expects {OPERATORS[name].wants}", *path)
                return variable
            case "Value":
                values, what = before[0].values, f"value of {before[0].name}:"
                return values.index(source.one_of(self.string(value, *path), values, what, *path))
            case "State":
                return source.one_of(self.string(value, *path), self.state, "state variable:", *path)
            case _:
                ends = (*OUTCOMES, *self.refusals)
                return source.one_of(self.string(value, *path), ends, "outcome or refusal", *path)

    def definition(self, value: Any, *path: str | int) -> f.Formula:
        """The formula of a definition; a circular definition is an error."""
        name = self.source.one_of(self.string(value, *path), self.definitions, "definition", *path)
        if name in self.within:
            circle = " -> ".join([*self.within[self.within.index(name) :], name])
            self.source.fail(f"the definition of {quoted(name)} is circular: {circle}", *path)
        formula, where = self.definitions[name]
        return replace(self, within=(*self.within, name)).formula(formula, *where)

    # ------------------------------------------------------------ names

    def string(self, value: Any, *path: str | int) -> str:
        if not isinstance(value, str):
            self.source.wrong("a string", value, *path)
        return value

    def array(self, value: Any, *path: str | int) -> list[Any]:
        """Read a nonempty array."""
        if not isinstance(value, list):
            self.source.wrong("an array", value, *path)
        found = cast("list[Any]", value)
        if not found:
            self.source.fail("must have at least 1 element", *path)
        return found

    def names(self, given: Sequence[Any], known: Any, kind: str, *path: str | int) -> tuple[str, ...]:
        return tuple(
            self.source.one_of(self.string(name, *path, i), known, kind, *path, i) for i, name in enumerate(given)
        )

    def over(self, names: Any, *path: str | int) -> tuple[f.Param, ...]:
        known = self.names(names, self.params, "parameter", *path)
        return tuple(self.params[name] for name in self.source.each_once(known, *path))

    def index(self, value: Any, *path: str | int) -> f.Index:
        """Read an index of a variable: a parameter, or an element of a sort."""
        fail = self.source.fail
        if isinstance(value, str):
            return self.params[self.source.one_of(value, self.params, "parameter", *path)]
        if not isinstance(value, dict):
            self.source.wrong(self.source.table, value, *path)
        named = cast("dict[str, Any]", value)
        if len(named) != 1:
            fail('must be a parameter or one element, such as {"vault": "Default"}', *path)
        ((name, element),) = named.items()
        sort = self.sorts[self.source.one_of(name, self.sorts, "sort", *path)]
        if not sort.special:
            fail(f"no {name} has a name: all are interchangeable", *path, name)
        if not isinstance(element, str):
            known = ", ".join(map(quoted, sort.special))
            fail(f"expected an element with a name: {known}; all others are interchangeable", *path, name)
        return sort.element(self.source.one_of(element, sort.special, f"element of {name}:", *path, name))

    def variable(self, value: Any, *path: str | int) -> Variable:
        known: dict[str, Variable] = {**self.state, **self.inputs}
        if isinstance(value, str):
            return known[self.source.one_of(value, known, "variable", *path)]
        first, *at = self.array(value, *path)
        name = self.source.one_of(self.string(first, *path, 0), known, "variable", *path, 0)
        return (
            replace(known[name], at=tuple(self.index(i, *path, n) for n, i in enumerate(at, 1))) if at else known[name]
        )

    def under(self, given: tuple[ReadingTable, ...], *path: str | int) -> tuple[Reading, ...]:
        found: list[Reading] = []
        for number, said in enumerate(given):
            here = (*path, number)
            name = self.source.one_of(said.assumption, self.assumptions, "assumption", *here, "assumption")
            known = self.names(said.values, self.assumptions[name].values, f"value of {name}:", *here, "values")
            found.append(Reading(name, self.source.each_once(known, *here, "values")))
        return tuple(found)
