"""Formulas read from nested JSON arrays (`exchange.formulas` has the list of operators).

Names are looked up here. What may be said where is checked once the model is made (`core.wellformed`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from backup_slr.engine.compile.naming import OUTCOMES
from backup_slr.engine.core.formula import (
    After,
    And,
    Does,
    Ends,
    Every,
    Formula,
    Implies,
    Literal,
    Not,
    Or,
    Param,
    Same,
    Some,
    Unchanged,
)
from backup_slr.engine.core.variable import AtMost, Count, Enum, Flag, HasRoom, Is, Variable
from backup_slr.engine.serialize.node import Node
from backup_slr.engine.serialize.vocabulary import LARGEST, Vocabulary
from backup_slr.errors import quoted, unknown

OF_STATES = ("not", "and", "or", "implies", "every", "some", "same", "flag", "is", "at-most", "has-room", "use")
OF_STEPS = ("after", "unchanged", "does", "ends")
DEEPEST = 60


@dataclass(frozen=True)
class Reader:
    """How the formulas of a table are read.

    Parameters
    ----------
    words
        What the table declares.
    definitions
        Formulas with a name, not yet read.
    within
        The definitions that are being read, outermost first.
    """

    words: Vocabulary
    definitions: Mapping[str, Node]
    within: tuple[str, ...] = ()
    depth: int = field(default=0, compare=False)

    def formula(self, node: Node) -> Formula:
        """The formula that a node is.

        Raises
        ------
        BadInput
            When it is none: with the path, and what would be right.
        """
        if self.depth > DEEPEST:
            node.fail(f"nested more than {DEEPEST} deep")
        if isinstance(node.value, bool):
            return Literal(node.value)
        if not isinstance(node.value, list):
            node.fail('must be a formula: true, false or an array such as ["not", ["flag", "busy"]]')
        operator, *operands = node.array(1)
        name = operator.string()
        if name not in OF_STATES and name not in OF_STEPS:
            operator.fail(unknown("operator", name, (*OF_STATES, *OF_STEPS), show=20))
        inner = replace(self, depth=self.depth + 1)
        return inner._of(name, node, operands)

    def _of(self, name: str, node: Node, given: list[Node]) -> Formula:
        match name:
            case "and":
                return And(tuple(map(self.formula, given)))
            case "or":
                return Or(tuple(map(self.formula, given)))
            case "not":
                (body,) = _exactly(node, given, "a formula")
                return Not(self.formula(body))
            case "implies":
                premise, conclusion = _exactly(node, given, "two formulas: what is the case, what follows", 2)
                return Implies(self.formula(premise), self.formula(conclusion))
            case "every" | "some":
                params, body = _exactly(node, given, "the names of parameters, and a formula", 2)
                params.array(1)
                over = self.words.over(params)
                return (Every if name == "every" else Some)(over, self.formula(body))
            case "use":
                (said,) = _exactly(node, given, "the name of a definition")
                return self.definition(said)
            case "after":
                (body,) = _exactly(node, given, "a formula")
                return After(self.formula(body))
            case "unchanged":
                return Unchanged(tuple(n.one_of("variable of the state:", self.words.state) for n in given))
            case "does":
                return self._does(node, given)
            case "ends":
                known = (*OUTCOMES, *self.words.refusals)
                return Ends(tuple(n.one_of("outcome or refusal", known) for n in given))
            case _:
                return self._leaf(name, node, given)

    def _leaf(self, name: str, node: Node, given: list[Node]) -> Formula:
        if name == "same":
            said, place = _exactly(node, given, "a parameter and an element", 2)
            param, element = self.words.index(said), self.words.index(place)
            if not isinstance(param, Param):
                said.fail("must be a parameter")
            if isinstance(element, Param):
                place.fail(f"must be an element of {param.sort.name}")
            return Same(param, element)
        wanted = {"flag": "a flag", "is": "an enum and a value", "at-most": "a count and a number"}.get(name, "a count")
        said, *rest = _exactly(node, given, wanted, 2 if " and " in wanted else 1)
        variable = self.words.variable(said)
        match name, variable:
            case "flag", Flag():
                return variable
            case "is", Enum():
                return Is(
                    variable, variable.values.index(rest[0].one_of(f"value of {variable.name}:", variable.values))
                )
            case "at-most", Count():
                return AtMost(variable, rest[0].whole(0, LARGEST))
            case "has-room", Count():
                return HasRoom(variable)
            case _:
                return said.fail(f"{variable.name} is {_article(variable)}, and {name!r} wants {wanted}")

    def _does(self, node: Node, given: list[Node]) -> Formula:
        if not given:
            node.fail("'does' wants an array of actions, and perhaps a place")
        actions = tuple(n.one_of("action", self.words.actions) for n in given[0].array(1))
        at = tuple(map(self.words.index, given[1:]))
        return Does(actions, at)

    def definition(self, node: Node) -> Formula:
        """What the definition says whose name a node is; one that needs itself says nothing."""
        name = node.one_of("definition", self.definitions)
        if name in self.within:
            circle = " -> ".join([*self.within[self.within.index(name) :], name])
            node.fail(f"the definition of {quoted(name)} goes round in a circle: {circle}")
        return replace(self, within=(*self.within, name)).formula(self.definitions[name])


def _article(variable: Variable) -> str:
    return {Flag: "a flag", Enum: "an enum", Count: "a count"}[type(variable)]


def _exactly(node: Node, given: list[Node], wanted: str, number: int = 1) -> list[Node]:
    if len(given) != number:
        node.fail(f"{node.value[0]!r} wants {wanted}")
    return given
