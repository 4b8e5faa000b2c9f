"""What a table declares before its rules: sorts, parameters, variables, refusals, assumptions; read and checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from backup_slr.engine.compile.naming import valid_name
from backup_slr.engine.core.formula import Index, Param, Sort
from backup_slr.engine.core.rule import Assumption, Refusal
from backup_slr.engine.core.variable import Count, Enum, Flag, Reading, Variable
from backup_slr.engine.serialize.node import Node
from backup_slr.errors import quoted, unknown

T = TypeVar("T")
LARGEST = 2**31


@dataclass
class Vocabulary:
    """The declarations of a table, by name."""

    sorts: dict[str, Sort] = field(default_factory=dict[str, Sort])
    params: dict[str, Param] = field(default_factory=dict[str, Param])
    state: dict[str, Variable] = field(default_factory=dict[str, Variable])
    inputs: dict[str, Flag | Enum] = field(default_factory=dict[str, "Flag | Enum"])
    refusals: dict[str, Refusal] = field(default_factory=dict[str, Refusal])
    assumptions: dict[str, Assumption] = field(default_factory=dict[str, Assumption])
    actions: dict[str, tuple[Param, ...]] = field(default_factory=dict[str, tuple[Param, ...]])
    """Each action with its place."""

    def sort(self, node: Node) -> Sort:
        """A sort, by its name."""
        return self.sorts[node.one_of("sort", self.sorts)]

    def param(self, node: Node) -> Param:
        """A parameter, by its name."""
        return self.params[node.one_of("parameter", self.params)]

    def over(self, node: Node) -> tuple[Param, ...]:
        """Different parameters, by their names."""
        node.strings()
        return tuple(map(self.param, node.array()))

    def index(self, node: Node) -> Index:
        """What a variable is indexed with: a parameter, or an element of a sort."""
        if isinstance(node.value, str):
            return self.param(node)
        named = node.object(optional=None)
        if len(named) != 1:
            node.fail('must be a parameter or one element, such as {"vault": "Default"}')
        ((name, inner),) = named.items()
        if name not in self.sorts:
            node.fail(unknown("sort", name, self.sorts))
        sort = self.sorts[name]
        if not sort.special:
            inner.fail(f"no {name} can be singled out: all are alike")
        if not isinstance(inner.value, str):
            inner.fail(f"must be one that has a name: {', '.join(map(quoted, sort.special))}; all others are alike")
        return sort.element(inner.one_of(f"element of {name}:", sort.special))

    def variable(self, node: Node) -> Variable:
        """A variable, with what it is indexed with."""
        first, *at = [node] if isinstance(node.value, str) else node.array(1)
        known: dict[str, Variable] = {**self.state, **self.inputs}
        variable = known[first.one_of("variable", known)]
        return replace(variable, at=tuple(map(self.index, at))) if at else variable

    def under(self, node: Node) -> tuple[Reading, ...]:
        """The readings under which a part of a rule exists."""
        found: list[Reading] = []
        for said in node.array():
            keys = said.object(("assumption", "values"))
            assumption = self.assumptions[keys["assumption"].one_of("assumption", self.assumptions)]
            keys["values"].array(1)
            for value in keys["values"].array():
                value.one_of(f"value of {assumption.name}:", assumption.values)
            found.append(Reading(assumption.name, keys["values"].strings()))
        return tuple(found)


def vocabulary(table: dict[str, Node]) -> Vocabulary:
    """The declarations of a table; its actions are left to whoever reads the rules.

    Raises
    ------
    BadInput
        When one cannot be used: with its path, and what would be right.
    """
    words = Vocabulary()
    each(table["sorts"], words.sorts, "sort", _sort)
    for name, node in table["parameters"].object(optional=None).items():
        _check_name(node, name)
        words.params[name] = Param(name, words.sort(node))
    each(table["state"], words.state, "variable", lambda node: _variable(node, words))
    each(table["inputs"], words.inputs, "input", lambda node: _input(node, words))
    for node in table["inputs"].array():
        name = node.object(optional=None)["name"]
        if name.value in words.state or name.value in words.params:
            name.fail(f"{quoted(name.value)} is already the name of a {_what(name.value, words)}")
    each(table["refusals"], words.refusals, "refusal", _refusal, "id")
    each(table["assumptions"], words.assumptions, "assumption", _assumption)
    return words


def _what(name: str, words: Vocabulary) -> str:
    return "variable" if name in words.state else "parameter"


def each(node: Node, into: dict[str, T], kind: str, read: Callable[[Node], T], key: str = "name") -> None:
    """Read the elements of an array, each with a name of its own."""
    for element in node.array():
        thing: Any = read(element)
        name = getattr(thing, key)
        if name in into:
            element.fail(f"a second {kind} called {quoted(name)}")
        into[name] = thing


def identifier(node: Node) -> str:
    """A name that can stand in the compiled text of a rule: letters, digits and underscores, and no word of Python.

    This is what keeps a file from being run as a program: no other text of it is ever compiled.
    """
    _check_name(node, node.string())
    return node.value


def _check_name(node: Node, name: str) -> None:
    if not valid_name(name):
        node.fail(f"{quoted(name)} cannot be a name: lower case letters, digits and '_', and no word of Python")


def _sort(node: Node) -> Sort:
    keys = node.object(("name", "special"))
    return Sort(identifier(keys["name"]), keys["special"].strings())


def _variable(node: Node, words: Vocabulary) -> Variable:
    keys = node.object(optional=None)
    for key in ("type", "name", "per"):
        if key not in keys:
            node.fail(f"the key {key!r} is missing")
    per = tuple(words.sort(s) for s in keys["per"].array())
    name = identifier(keys["name"])
    match keys["type"].one_of("type of variable:", ("flag", "enum", "count")):
        case "flag":
            node.object(("name", "per", "type"), ("default", "reads"))
            true, false = _texts(keys, "reads", 2) or ("", "")
            default = keys["default"].truth() if "default" in keys else False
            return Flag(name, per=per, default=default, reads=(true, false))
        case "enum":
            node.object(("name", "per", "type", "values"), ("required", "reads", "reads_not"))
            keys["values"].array(1)
            values = len(keys["values"].strings())
            required = keys["required"].truth() if "required" in keys else False
            reads, reads_not = _texts(keys, "reads", values), _texts(keys, "reads_not", values)
            return Enum(name, keys["values"].strings(), per=per, required=required, reads=reads, reads_not=reads_not)
        case _:
            node.object(("name", "per", "type"), ("reads",))
            return Count(name, per=per, reads=keys["reads"].string(empty=True) if "reads" in keys else "")


def _texts(keys: dict[str, Node], key: str, number: int) -> tuple[str, ...]:
    """So many phrases, one for each value; or none at all."""
    texts = tuple(node.string(empty=True) for node in keys[key].array()) if key in keys else ()
    if texts and len(texts) != number:
        keys[key].fail(f"must be {number} phrases, one for each value, or none")
    return texts


def _input(node: Node, words: Vocabulary) -> Flag | Enum:
    keys = node.object(("kind",), None)
    kind = keys["kind"].one_of("kind of input:", ("parameter", "choice"))
    plain = Node({key: value for key, value in node.value.items() if key != "kind"}, node.path, node.file)
    variable = _variable(plain, words)
    if isinstance(variable, Count):
        keys["type"].fail("an input is a flag or an enum")
    if variable.per:
        keys["per"].fail("an input is given once, and not for each of anything")
    return replace(variable, kind="parameter" if kind == "parameter" else "choice")


def _refusal(node: Node) -> Refusal:
    keys = node.object(("id", "says", "error_code"))
    return Refusal(keys["id"].string(), keys["says"].string(), keys["error_code"].maybe_string())


def _assumption(node: Node) -> Assumption:
    keys = node.object(("name", "question", "values", "evidence"))
    values = {name: means.string() for name, means in keys["values"].object(optional=None).items()}
    if not values:
        keys["values"].fail("an assumption has at least one value")
    return Assumption(keys["name"].string(), keys["question"].string(True), values, keys["evidence"].string(True))
