"""Code generation: formulas and rules as Python source text, compiled once and run often.

The program compiles no other text. The text contains the names of actions, parameters and inputs, and `compile.naming`
accepts a model only if all of them are plain identifiers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Protocol, TypeAlias

from backup_slr.engine.compile.grounding import Ground
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core import formula as f
from backup_slr.engine.core.formula import TRUE, Element, Formula, Param
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import AtMost, Count, Effect, Enum, Flag, HasRoom, Is, Variable


class Reader(Protocol):
    """How the text reads a variable: from a tuple of cells, from the bits of a word, from an argument.

    `together` gives texts that settle several parts of a conjunction (else: disjunction) at once, and the other parts.
    """

    def flag(self, flag: Flag) -> str: ...
    def equals(self, variable: Enum, value: int) -> str: ...
    def at_most(self, count: Count, number: int) -> str: ...
    def together(self, parts: Sequence[Formula], all_of: bool) -> tuple[list[str], list[Formula]]: ...


Connectives: TypeAlias = tuple[str, str, str]
"""The spelling of not, and, or."""
SCALAR: Connectives = ("not ", " and ", " or ")
"""For one state at a time."""
ARRAY: Connectives = ("~", " & ", " | ")
"""For arrays of states: without short-circuit evaluation."""


def source(formula: Formula, read: Reader, scope: Scope, connect: Connectives = SCALAR) -> str:
    """A Python expression that is true exactly where the formula holds.

    Everything is parenthesized. In a conjunction or disjunction the parts that read no state come first and quantifiers
    last, so that cheap parts decide first. A formula about a step must be grounded first (`grounding`).
    """
    no, both, either = connect

    def text(formula: Formula) -> str:
        match formula:
            case f.Literal(value):
                return str(value)
            case Flag():
                return read.flag(formula)
            case Is(variable, value):
                return read.equals(variable, value)
            case AtMost(variable, number):
                return read.at_most(variable, number)
            case HasRoom(variable):
                bound = scope.bound(variable)
                return "True" if bound is None else read.at_most(variable, bound - 1)
            case f.Same(param, element):
                return f"({param.name} == {element.index})"
            case f.Not(body):
                return f"({no}{text(body)})"
            case f.And(parts):
                return joined(parts, both, True)
            case f.Or(parts):
                return joined(parts, either, False)
            case f.Implies(premise, conclusion):
                return f"(({no}{text(premise)}){either}{text(conclusion)})"
            case f.Every(over, body):
                return f"all({text(body)}{_loops(over, scope)})"
            case f.Some(over, body):
                return f"any({text(body)}{_loops(over, scope)})"
            case _:
                raise TypeError(f"{formula!r} cannot be printed as Python")

    def joined(parts: tuple[Formula, ...], sign: str, all_of: bool) -> str:
        at_once, rest = read.together(parts, all_of)
        texts = [*at_once, *map(text, sorted(rest, key=_cost))]
        return f"({sign.join(texts) or str(all_of)})"

    return text(formula)


def _loops(over: tuple[Param, ...], scope: Scope) -> str:
    return "".join(f" for {p.name} in range({scope.size(p.sort)})" for p in over)


def _cost(formula: Formula) -> int:
    match formula:
        case f.Every() | f.Some():
            return 2
        case f.Not(body):
            return _cost(body)
        case f.And(parts) | f.Or(parts):
            return max(map(_cost, parts), default=0)
        case Flag(kind="parameter" | "choice") | f.Same():
            return 0
        case _:
            return 1


def compiled(name: str, text: str, **given: Any) -> Callable[..., Any]:
    """Compile the text of a module and return its function `name`; only a few builtins and `given` are in scope."""
    known = {"all": all, "any": any, "range": range, "len": len, "enumerate": enumerate}
    space: dict[str, Any] = {"__builtins__": known, **given}
    exec(compile(text, f"<{name} of the rules table>", "exec"), space)
    return space[name]


UNROLLED = 64
"""Quantifiers over at most this many places are spelled out in the text; longer ones become loops."""


@dataclass(frozen=True)
class RuleSource:
    """Prints the rules of a model at one scope; reads variables from `_state`, and inputs from arguments by name."""

    layout: Layout

    def _head(self, rule: Rule) -> str:
        names = ["_state", *(p.name for p in rule.place), *(i.name for i in rule.inputs)]
        return f"def {rule.action}({', '.join(names)}):"

    def guards(self, rule: Rule) -> str:
        """A function that returns for each guard whether it holds, also after one that does not."""
        return f"{self._head(rule)}\n    return [{', '.join(self._formula(g.condition) for g in rule.guards)}]"

    def text(self, rule: Rule) -> str:
        lines = [self._head(rule)]
        for number, guard in enumerate(rule.guards):
            lines.append(f"    if not {self._formula(guard.condition)}:")
            result = self._result(number, rule.on_failure if guard.fails else (), rule.guards[:number])
            lines += (f"    {line}" for line in result)
        return "\n".join([*lines, *self._result(-1, rule.effects, rule.guards)])

    def _result(self, number: int, effects: tuple[Effect, ...], passed: tuple[Guard, ...]) -> list[str]:
        """Lines that return the number with the writes of the effects, which all read the old state.

        A condition of an effect that a passed guard implies is not tested again.
        """
        known = {guard.condition for guard in passed} | {TRUE}
        if all(e.happens in known and not e.each for e in effects):
            pairs = "".join(f"{self._pair(e)}, " for e in effects)
            return [f"    return {number}, ({pairs})"]
        lines = ["    _writes = []"]
        for effect in effects:
            # A generator keeps its names to itself: one may be the name of the place of the rule.
            loops = "".join(f" for {p.name} in range({self.layout.scope.size(p.sort)})" for p in effect.each)
            condition = self._formula(effect.happens)
            if loops:
                lines.append(f"    _writes.extend({self._pair(effect)}{loops} if {condition})")
            else:
                lines.append(f"    if {condition}: _writes.append({self._pair(effect)})")
        return [*lines, f"    return {number}, _writes"]

    def _pair(self, effect: Effect) -> str:
        cell = self.cell(effect.variable)
        value = f"_state[{cell}] + {effect.value}" if isinstance(effect.variable, Count) else str(effect.value)
        return f"({cell}, {value})"

    def _formula(self, formula: Formula) -> str:
        places = prod(self.layout.scope.size(sort) for sort in self.layout.chain)
        short = Ground(self.layout.scope)(formula) if places <= UNROLLED else formula
        return source(short, self, self.layout.scope)

    # ------------------------------------------------------------ as a reader of variables

    def cell(self, variable: Variable) -> str:
        fixed, factors = self.layout.affine[variable.name]
        terms: list[str] = []
        for index, factor in zip(variable.at, factors, strict=True):
            if isinstance(index, Element):
                fixed += index.index * factor
            else:
                terms.append(f"{index.name} * {factor}")
        return " + ".join([*terms, str(fixed)])

    def _value(self, variable: Variable) -> str:
        return f"_state[{self.cell(variable)}]" if variable.kind == "state" else variable.name

    def flag(self, flag: Flag) -> str:
        return self._value(flag)

    def equals(self, variable: Enum, value: int) -> str:
        return f"({self._value(variable)} == {value})"

    def at_most(self, count: Count, number: int) -> str:
        return f"({self._value(count)} <= {number})"

    def together(self, parts: Sequence[Formula], all_of: bool) -> tuple[list[str], list[Formula]]:
        return [], list(parts)
