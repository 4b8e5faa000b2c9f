"""Code generation: formulas as Python source text, compiled once and run often.

The program compiles no other text. The names in it are those of actions, parameters and inputs, and `compile.naming`
accepts a model only if all of them are plain identifiers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any, Protocol

from backup_slr.engine.core.formula import And, Every, Formula, Implies, Literal, Not, Or, Param, Same, Some
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import AtMost, Count, Enum, Flag, HasRoom, Is


class Reader(Protocol):
    """How the text reads a variable: from a tuple of cells, from the bits of a word, from an argument."""

    def flag(self, flag: Flag) -> str:
        """Text that is true when the flag is."""
        ...

    def equals(self, variable: Enum, value: int) -> str:
        """Text that is true when the variable has that value."""
        ...

    def at_most(self, count: Count, number: int) -> str:
        """Text that is true when the count is that number or less."""
        ...

    def together(self, parts: Sequence[Formula], all_of: bool) -> tuple[list[str], list[Formula]]:
        """Texts that settle several parts of a conjunction (else: disjunction) at once, and the parts that remain."""
        ...


@dataclass(frozen=True)
class Connectives:
    """The spelling of not, and, or."""

    no: str
    both: str
    either: str


SCALAR = Connectives("not ", " and ", " or ")
"""For one state at a time."""
ARRAY = Connectives("~", " & ", " | ")
"""For arrays of states: without short-circuit evaluation."""


def source(formula: Formula, read: Reader, scope: Scope, connect: Connectives = SCALAR) -> str:
    """A Python expression that is true exactly where the formula holds.

    Everything is parenthesized. In a conjunction or disjunction the parts that read no state come first and quantifiers
    last, so that cheap parts decide first.

    Raises
    ------
    TypeError
        When the formula is about a step: such a formula must be grounded first (`grounding`).
    """

    def text(formula: Formula) -> str:
        match formula:
            case Literal(value):
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
            case Same(param, element):
                return f"({param.name} == {element.index})"
            case Not(body):
                return f"({connect.no}{text(body)})"
            case And(parts):
                return joined(parts, connect.both, True)
            case Or(parts):
                return joined(parts, connect.either, False)
            case Implies(premise, conclusion):
                return f"(({connect.no}{text(premise)}){connect.either}{text(conclusion)})"
            case Every(over, body):
                return f"all({text(body)}{_loops(over, scope)})"
            case Some(over, body):
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
        case Every() | Some():
            return 2
        case Not(body):
            return _cost(body)
        case And(parts) | Or(parts):
            return max(map(_cost, parts), default=0)
        case Flag(kind="parameter" | "choice") | Same():
            return 0
        case _:
            return 1


def compiled(name: str, text: str, **given: Any) -> Callable[..., Any]:
    """Compile the text of a module and return its function `name`; only a few builtins and `given` are in scope."""
    code: CodeType = compile(text, f"<{name} of the rules table>", "exec")
    space: dict[str, Any] = {
        "__builtins__": {"all": all, "any": any, "range": range, "len": len, "enumerate": enumerate}
    }
    space |= given
    exec(code, space)
    return space[name]
