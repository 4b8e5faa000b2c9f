"""A small reader of TLA+: enough of the language for what the export writes, with its real rules of precedence.

Only the language is known here, nothing of how it came to be written. Operators that TLA+ does not rank against each
other (conjunction beside disjunction, say) must be set apart by parentheses, or it is an error, as it is for TLC.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|<<|>>|\|->|->|\.\.|/\\|\\/|\\in|\\A|\\E|\\X|<=|=>|\[\]\[|\w+|[^\s\w])')
BINARY = {"=>": 1, "\\/": 3, "/\\": 3, "=": 5, "#": 5, "<": 5, "<=": 5, "\\in": 5, "..": 9, "+": 10, "-": 11}
NOT = 4
Value = Any


@dataclass
class World:
    """What names mean: constants, definitions, the state before and after, and what is bound."""

    constants: Mapping[str, Value]
    definitions: Mapping[str, Definition]
    before: Mapping[str, Value] = field(default_factory=dict)
    after: dict[str, Value] = field(default_factory=dict)
    bound: dict[str, Value] = field(default_factory=dict)

    def binding(self, names: Mapping[str, Value]) -> World:
        """With more names bound; as TLA+ has it, to none of them that means something here already."""
        for space in (self.constants, self.definitions, self.before, self.bound):
            assert not set(names) & set(space), f"{', '.join(names)}: bound where it means something already"
        return World(self.constants, self.definitions, self.before, self.after, {**self.bound, **names})


Meaning = Callable[[World], Value]


@dataclass(frozen=True)
class Definition:
    """An operator: its parameters and its body; `items` if the body is a list of conjuncts or disjuncts."""

    parameters: tuple[str, ...]
    body: Meaning
    assigns: tuple[tuple[str, Meaning], ...] = ()
    keeps: tuple[str, ...] = ()


class Parser:
    """Precedence climbing over the tokens of one expression."""

    def __init__(self, text: str) -> None:
        self.tokens = TOKEN.findall(text)
        self.at = 0

    @property
    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str | None = None) -> str:
        token = self.next
        assert expected is None or token == expected, (expected, self.tokens[max(0, self.at - 8) : self.at + 8])
        self.at += 1
        return token

    def whole(self) -> Meaning:
        found = self.expression()
        assert self.at == len(self.tokens), self.tokens[self.at :]
        return found

    def expression(self, least: int = 0) -> Meaning:
        left = self.prefix()
        last: str | None = None
        while self.next in BINARY and BINARY[self.next] > least:
            operator = self.take()
            rank = BINARY[operator]
            if last is not None and BINARY[last] == rank:
                assert last == operator, f"{last} beside {operator}"
                assert operator in ("/\\", "\\/", "+", "-"), f"{operator} twice"
            left, last = _binary(operator, left, self.expression(rank)), operator
        return left

    def prefix(self) -> Meaning:
        match self.next:
            case "~":
                self.take()
                assert self.next != "~", "~~ is an operator of its own"
                body = self.expression(NOT)
                return lambda w: not _truth(body(w))
            case "\\A" | "\\E":
                every = self.take() == "\\A"
                names = self.bindings()
                self.take(":")
                body = self.expression()
                return _quantified(every, names, body)
            case "IF":
                self.take()
                condition = self.expression()
                self.take("THEN")
                then = self.expression()
                self.take("ELSE")
                other = self.expression()
                return lambda w: then(w) if _truth(condition(w)) else other(w)
            case "UNCHANGED":
                self.take()
                kept = self.names()
                return lambda w: all(w.after[name] == w.before[name] for name in kept)
            case _:
                return self.postfix(self.atom())

    def bindings(self) -> list[tuple[str, Meaning]]:
        found: list[tuple[str, Meaning]] = []
        while True:
            name = self.take()
            self.take("\\in")
            found.append((name, self.expression(BINARY["\\in"])))
            if self.next != ",":
                return found
            self.take()

    def names(self) -> list[str]:
        self.take("<<")
        found: list[str] = []
        while self.next != ">>":
            found.append(self.take())
            if self.next == ",":
                self.take()
        self.take(">>")
        return found

    def several(self, end: str) -> list[Meaning]:
        found: list[Meaning] = []
        while self.next != end:
            found.append(self.expression())
            if self.next == ",":
                self.take()
        self.take(end)
        return found

    def atom(self) -> Meaning:
        token = self.take()
        match token:
            case "(":
                inner = self.expression()
                self.take(")")
                return inner
            case "<<":
                parts = self.several(">>")
                return lambda w: tuple(part(w) for part in parts)
            case "{":
                elements = self.several("}")
                return lambda w: frozenset(element(w) for element in elements)
            case "[":
                return self.bracket()
            case "TRUE" | "FALSE":
                return lambda _: token == "TRUE"
            case "BOOLEAN":
                return lambda _: frozenset((True, False))
            case _ if token[0] == '"':
                text = re.sub(r"\\(.)", r"\1", token[1:-1])
                return lambda _: text
            case _ if token.isdigit():
                return lambda _: int(token)
            case _:
                return self.name(token)

    def bracket(self) -> Meaning:
        """A function ``[x \\in S |-> e]`` or a record ``[a |-> e]``."""
        if self.tokens[self.at + 1] == "|->":
            fields: list[tuple[str, Meaning]] = []
            while self.next != "]":
                name = self.take()
                self.take("|->")
                fields.append((name, self.expression()))
                if self.next == ",":
                    self.take()
            self.take("]")
            return lambda w: {name: value(w) for name, value in fields}
        names = self.bindings()
        self.take("|->")
        body = self.expression()
        self.take("]")

        def function(w: World) -> dict[Value, Value]:
            found = {}
            for values in product(*(sorted(domain(w), key=str) for _, domain in names)):
                inner = w.binding({name: value for (name, _), value in zip(names, values, strict=True)})
                found[values if len(values) > 1 else values[0]] = body(inner)
            return found

        return function

    def name(self, name: str) -> Meaning:
        arguments: list[Meaning] = []
        if self.next == "(":
            self.take()
            arguments = self.several(")")

        def meaning(w: World) -> Value:
            if name in w.bound:
                return w.bound[name]
            if name in w.before:
                return w.before[name]
            if name in w.constants:
                return w.constants[name]
            definition = w.definitions[name]
            assert len(definition.parameters) == len(arguments), name
            values = {p: a(w) for p, a in zip(definition.parameters, arguments, strict=True)}
            return definition.body(World(w.constants, w.definitions, w.before, w.after).binding(values))

        def primed(w: World) -> Value:
            assert name in w.before, f"{name} is no variable"
            return w.after[name]

        if self.next == "'":
            self.take()
            return primed
        return meaning

    def postfix(self, what: Meaning) -> Meaning:
        while self.next in ("[", "."):
            what = _field(what, self.take()) if self.take() == "." else _applied(what, self.several("]"))
        return what


def _binary(operator: str, a: Meaning, b: Meaning) -> Meaning:
    match operator:
        case "/\\":
            return lambda w: _truth(a(w)) and _truth(b(w))
        case "\\/":
            return lambda w: _truth(a(w)) or _truth(b(w))
        case "=>":
            return lambda w: not _truth(a(w)) or _truth(b(w))
        case "=":
            return lambda w: _same(a(w), b(w))
        case "#":
            return lambda w: not _same(a(w), b(w))
        case "<":
            return lambda w: a(w) < b(w)
        case "<=":
            return lambda w: a(w) <= b(w)
        case "\\in":
            return lambda w: a(w) in b(w)
        case "..":
            return lambda w: frozenset(range(a(w), b(w) + 1))
        case "+":
            return lambda w: a(w) + b(w)
        case _:
            return lambda w: a(w) - b(w)


def _truth(value: Value) -> bool:
    assert isinstance(value, bool), f"{value!r} is no truth value"
    return value


def _same(a: Value, b: Value) -> bool:
    assert type(a) is type(b), f"{a!r} and {b!r} cannot be compared"
    return a == b


def _quantified(every: bool, names: list[tuple[str, Meaning]], body: Meaning) -> Meaning:
    def meaning(w: World) -> bool:
        inner = (
            _truth(body(w.binding(dict(zip((name for name, _ in names), values, strict=True)))))
            for values in product(*(domain(w) for _, domain in names))
        )
        return all(inner) if every else any(inner)

    return meaning


def _field(what: Meaning, name: str) -> Meaning:
    return lambda w: what(w)[name]


def _applied(what: Meaning, arguments: list[Meaning]) -> Meaning:
    def meaning(w: World) -> Value:
        function, values = what(w), tuple(argument(w) for argument in arguments)
        if isinstance(function, tuple):
            return function[values[0] - 1]
        return function[values if len(values) > 1 else values[0]]

    return meaning


# ---------------------------------------------------------------- modules


@dataclass(frozen=True)
class Module:
    """A module: its name, variables, and definitions; `actions` are the disjuncts of Next, as written."""

    name: str
    variables: tuple[str, ...]
    definitions: Mapping[str, Definition]
    actions: tuple[str, ...]


def module(text: str) -> Module:
    """Read a module."""
    head = re.match(r"-{4,} MODULE (\w+) -{4,}\n", text)
    assert head, "no module"
    assert re.search(r"\n={4,}\s*$", text), "it has no end"
    body = re.sub(r"\(\*.*?\*\)|\\\*[^\n]*", "", text[head.end() :], flags=re.S)
    variables = tuple(name.strip() for name in re.search(r"VARIABLES ([^\n]*)", body)[1].split(","))  # type: ignore[index]
    definitions: dict[str, Definition] = {}
    actions: tuple[str, ...] = ()
    for found in re.finditer(r"^(\w+)(?:\(([^)]*)\))? ==(.*?)(?=^\w+(?:\([^)]*\))? ==|^=====)", body, re.M | re.S):
        name, parameters, rest = found[1], tuple(filter(None, (found[2] or "").replace(" ", "").split(","))), found[3]
        if name in ("Spec", "TypeOK", "vars", "State"):
            continue
        if name == "Next":
            actions = tuple(line.strip().removeprefix("\\/ ") for line in rest.strip().splitlines())
        else:
            definitions[name] = definition(parameters, rest)
    return Module(head[1], variables, definitions, actions)


def definition(parameters: tuple[str, ...], text: str) -> Definition:
    """A definition; a list of conjuncts, one a line, assigns variables where they are primed."""
    items = [line.strip()[3:] for line in text.strip().splitlines() if line.strip().startswith("/\\ ")]
    if not items:
        inner = re.fullmatch(r"\s*\[\]\[(.*)\]_vars\s*", text, re.S)
        return Definition(parameters, Parser(inner[1] if inner else text).whole())
    assigns: list[tuple[str, Meaning]] = []
    keeps: list[str] = []
    for item in items:
        if item.startswith("UNCHANGED"):
            keeps += re.findall(r"\w+", item.removeprefix("UNCHANGED"))
        else:
            written = re.match(r"(\w+)'? = (.*)", item, re.S)
            assert written, item
            assigns.append((written[1], Parser(written[2]).whole()))
    return Definition(parameters, lambda _: True, tuple(assigns), tuple(keeps))


def perform(world: World, action: str, arguments: Mapping[str, Value]) -> dict[str, Value]:
    """The state after an action; each variable is written exactly once."""
    found = world.definitions[action]
    assert set(found.parameters) == set(arguments)
    inner = World(world.constants, world.definitions, world.before).binding(arguments)
    after = {name: value(inner) for name, value in found.assigns}
    assert not set(after) & set(found.keeps)
    return after | {name: world.before[name] for name in found.keeps}
