"""Translate the TLA+ of the export to Python, by TLA+'s own rules of precedence and names.

This module knows only the language, not how the text was written. As in TLC, operators whose order TLA+ leaves open
must be separated by parentheses, and a name that is in use must not be bound.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|<<|>>|\|->|\.\.|/\\|\\/|\\in|\\A|\\E|<=|=>|\w+|[^\s\w])')
BINARY = {"=>": 1, "\\/": 3, "/\\": 3, "=": 5, "#": 5, "<": 5, "<=": 5, "\\in": 5, "..": 9, "+": 10, "-": 11}
NOT = 4
LITERALS = {"TRUE": "True", "FALSE": "False", "BOOLEAN": "frozenset((True, False))"}
PYTHON = {
    "/\\": "(truth({}) and truth({}))",
    "\\/": "(truth({}) or truth({}))",
    "=>": "(not truth({}) or truth({}))",
    "=": "same({}, {})",
    "#": "(not same({}, {}))",
    "\\in": "({} in {})",
    "..": "frozenset(range({}, {} + 1))",
    **{sign: f"({{}} {sign} {{}})" for sign in ("<", "<=", "+", "-")},
}


def truth(value: object) -> bool:
    assert isinstance(value, bool), f"{value!r} is no truth value"
    return value


def same(one: object, other: object) -> bool:
    assert type(one) is type(other), f"{one!r} and {other!r} cannot be compared"
    return one == other


def applied(function: Any, *arguments: Any) -> Any:
    if isinstance(function, tuple):
        return function[arguments[0] - 1]
    return function[arguments if len(arguments) > 1 else arguments[0]]


class Expression:
    """One expression; `python` is the same in Python, where `old` and `new` hold the variables before and after."""

    def __init__(
        self, text: str, values: Iterable[str], variables: Collection[str], operators: Collection[str] = ()
    ) -> None:
        self.tokens, self.at = TOKEN.findall(text), 0
        self.values, self.variables, self.operators = set(values), variables, operators
        self.python = self.expression()
        assert self.at == len(self.tokens), self.tokens[self.at :]

    @property
    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str | None = None) -> str:
        token = self.next
        assert expected is None or token == expected, (expected, self.tokens[max(0, self.at - 8) : self.at + 8])
        self.at += 1
        return token

    def several(self, end: str) -> list[str]:
        found: list[str] = []
        while self.next != end:
            found.append(self.expression())
            if self.next == ",":
                self.take()
        self.take(end)
        return found

    def expression(self, least: int = 0) -> str:
        left, last = self.prefix(), ""
        while BINARY.get(self.next, 0) > least:
            operator = self.take()
            rank = BINARY[operator]
            if last and BINARY[last] == rank:
                assert last == operator, f"{last} beside {operator}"
                assert operator in ("/\\", "\\/", "+", "-"), f"{operator} twice"
            left, last = PYTHON[operator].format(left, self.expression(rank)), operator
        return left

    def prefix(self) -> str:
        match self.next:
            case "~":
                self.take()
                assert self.next != "~", "~~ is an operator of its own"
                return f"(not truth({self.expression(NOT)}))"
            case "\\A" | "\\E":
                every = "all" if self.take() == "\\A" else "any"
                _, over, body = self.bound(":")
                return f"{every}(truth({body}) {over})"
            case "IF":
                self.take()
                condition = self.expression()
                self.take("THEN")
                then = self.expression()
                self.take("ELSE")
                return f"({then} if truth({condition}) else {self.expression()})"
            case "UNCHANGED":
                self.take()
                kept = self.postfix(self.atom())
                return f"({kept} == {kept.replace('old[', 'new[')})"
            case _:
                return self.postfix(self.atom())

    def bound(self, sign: str) -> tuple[list[str], str, str]:
        """Names bound to sets, and their scope: the names, loops over the sets, the body."""
        names: list[str] = []
        loops: list[str] = []
        while not names or self.next == ",":
            if names:
                self.take(",")
            names.append(self.take())
            self.take("\\in")
            loops.append(f"for n_{names[-1]} in {self.expression(5)}")
        self.take(sign)
        for name in names:
            assert name not in {*self.values, *self.variables, *self.operators}, f"{name} means something already"
        self.values |= set(names)
        body = self.expression()
        self.values -= set(names)
        return names, " ".join(loops), body

    def atom(self) -> str:
        token = self.take()
        match token:
            case "(":
                inner = self.expression()
                self.take(")")
                return inner
            case "<<":
                return "(" + "".join(f"{part}, " for part in self.several(">>")) + ")"
            case "{":
                elements = ", ".join(self.several("}"))
                return f"frozenset([{elements}])"
            case "[" if self.tokens[self.at + 1] == "|->":
                return self.record()
            case "[":
                names, over, body = self.bound("|->")
                self.take("]")
                key = ", ".join(f"n_{name}" for name in names)
                return f"{{({key}): {body} {over}}}"
            case _ if token in LITERALS:
                return LITERALS[token]
            case _ if token[0] == '"':
                return repr(re.sub(r"\\(.)", r"\1", token[1:-1]))
            case _ if token.isdigit():
                return token
            case _:
                return self.name(token)

    def record(self) -> str:
        fields: list[str] = []
        while self.next != "]":
            name = self.take()
            self.take("|->")
            fields.append(f"{name!r}: {self.expression()}")
            if self.next == ",":
                self.take()
        self.take("]")
        return f"{{{', '.join(fields)}}}"

    def name(self, name: str) -> str:
        if name in self.variables:
            if self.next == "'":
                self.take()
                return f"new[{name!r}]"
            return f"old[{name!r}]"
        if name in self.values:
            return f"n_{name}"
        assert name in self.operators, f"{name} is unknown"
        if self.next != "(":
            return f"n_{name}()"
        self.take()
        return f"n_{name}({', '.join(self.several(')'))})"

    def postfix(self, what: str) -> str:
        while self.next in ("[", "."):
            if self.take() == ".":
                what = f"{what}[{self.take()!r}]"
            else:
                what = f"applied({what}, {', '.join(self.several(']'))})"
        return what


def evaluated(text: str, constants: Mapping[str, Any], variables: Mapping[str, Any]) -> Any:
    """The value of an expression in a state."""
    python = Expression(text, constants, variables).python
    named = {f"n_{name}": value for name, value in constants.items()}
    return eval(python, {"truth": truth, "same": same, "applied": applied, "old": variables, **named})


class Module:
    """A module whose constants have values; `tried` are the disjuncts of Next, as written."""

    def __init__(self, text: str, constants: Mapping[str, Any]) -> None:
        head = re.match(r"-{4,} MODULE (\w+) -{4,}\n", text)
        assert head, "no module"
        assert re.search(r"\n={4,}\s*$", text), "it has no end"
        self.name = head[1]
        body = re.sub(r"\(\*.*?\*\)|\\\*[^\n]*", "", text[head.end() :], flags=re.S)
        self.variables = tuple(re.search(r"VARIABLES ([^\n]*)", body)[1].split(", "))  # type: ignore[index]
        defined = r"^(\w+)(?:\(([^)]*)\))? ==(.*?)(?=^\w+(?:\([^)]*\))? ==|^=====)"
        found = {m[1]: (m[2] or "", m[3]) for m in re.finditer(defined, body, re.M | re.S)}
        self.names, self.constants = tuple(found), constants
        self.parameters = {name: tuple(filter(None, head.split(", "))) for name, (head, _) in found.items()}
        self.tried = tuple(line.strip().removeprefix("\\/ ") for line in found["Next"][1].strip().splitlines())
        self.space = {f"n_{name}": value for name, value in constants.items()}
        self.space |= {"truth": truth, "same": same, "applied": applied}
        for name, (_, body) in found.items():
            if name not in ("Spec", "TypeOK", "vars", "State", "Next"):
                self._define(name, body)

    def _define(self, name: str, text: str) -> None:
        """A definition; a list of conjuncts, one per line, is a record of the values of the variables."""
        items = [line.strip()[3:] for line in text.strip().splitlines() if line.strip().startswith("/\\ ")]
        inner = re.fullmatch(r"\s*\[\]\[(.*)\]_vars\s*", text, re.S)
        fields: list[tuple[str, str]] = []
        for item in items:
            if item.startswith("UNCHANGED"):
                fields += ((kept, kept) for kept in re.findall(r"\w+", item.removeprefix("UNCHANGED")))
            else:
                fields.append(re.fullmatch(r"(\w+)'? = (.*)", item, re.S).groups())  # type: ignore[union-attr, arg-type]
        python = self.python(inner[1] if inner else text, name) if not items else None
        if python is None:
            assert sorted(field for field, _ in fields) == sorted(self.variables), f"{name} writes {fields}"
            python = "{" + ", ".join(f"{field!r}: {self.python(value, name)}" for field, value in fields) + "}"
        parameters = ", ".join(f"n_{parameter}" for parameter in self.parameters[name])
        self.space[f"n_{name}"] = eval(f"lambda {parameters}: {python}", self.space)

    def python(self, text: str, within: str) -> str:
        values = {*self.constants, *self.parameters[within]}
        assert not {*self.parameters[within]} & {*self.constants, *self.variables, *self.names}
        return Expression(text, values, self.variables, self.names).python

    def value(
        self, name: str, old: Mapping[str, Any], new: Mapping[str, Any] | None = None, /, **arguments: Any
    ) -> Any:
        """The value of a definition in a state or for a step; for an action, the state after it."""
        assert set(arguments) == set(self.parameters[name])
        self.space |= {"old": old, "new": new}
        return self.space[f"n_{name}"](*(arguments[parameter] for parameter in self.parameters[name]))
