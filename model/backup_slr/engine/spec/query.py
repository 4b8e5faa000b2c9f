"""Expressions about a state, as users type them, parsed into formulas.

::

    role == absent and cross_account
    role == present and any(points > 1) and not using_role
    all(vault)

Outside of ``any(...)`` and ``all(...)`` the names are those of the account: ``role``, ``description``,
``cross_account``, ``using_role``. Inside they are those of each Region and vault: ``efs_automatic_backup``, ``vault``,
``points``, ``job``, and ``is_default_vault``, ``is_efs_vault``.

Precedence, loosest first: ``or``, ``and``, ``not``. The text is never evaluated: it is parsed into a tree,
or rejected with the position of the mistake.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import combining, east_asian_width

from backup_slr.engine.core.formula import FALSE, TRUE, Every, Formula, Some
from backup_slr.engine.core.variable import Count, Enum
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.errors import BadInput, quoted, unknown

TOKEN = re.compile(r"\s*(?:(?P<word>[A-Za-z_][A-Za-z_0-9]*)|(?P<number>[0-9]+)|(?P<sign>==|!=|<=|>=|<|>|\(|\)))")
OURS = {"=": "==", "!": "not", "~": "not", "&": "and", "|": "or", "≤": "<=", "≥": ">=", "≠": "!="}
"""Our spelling of operators of other languages."""
LONGEST = 10_000
MOST_DIGITS = 18
DEEPEST = 10
"""Deeper than any useful expression; the cost of evaluating a formula multiplies with each level."""


def parse(text: str, lifecycle: Lifecycle) -> Formula:
    """Parse an expression into a formula.

    Parameters
    ----------
    text
        The expression.
    lifecycle
        The source of the names that it may use (`Lifecycle.question_names`).

    Raises
    ------
    BadInput
        When it cannot be parsed; the message has the expression with a caret under the mistake.

    Examples
    --------
    >>> from backup_slr.lifecycle import BACKUP
    >>> parse("role == absent and cross_account", BACKUP)
    And(parts=(Is(variable=role, value=0), cross_account))
    """
    return _Parser(text, lifecycle).whole()


@dataclass
class _Token:
    kind: str
    text: str
    at: int


class _Parser:
    def __init__(self, text: str, lifecycle: Lifecycle) -> None:
        self.text = text
        self.over = lifecycle.place
        self.at_account, self.at_place = lifecycle.question_names()
        self.at_account |= {"true": TRUE, "false": FALSE}
        self.tokens = self._tokens()
        self.number = 0
        self.depth = 0
        self.inside = ""

    def _tokens(self) -> list[_Token]:
        if len(self.text) > LONGEST:
            raise self.error(f"longer than {LONGEST:,} characters", LONGEST)
        found: list[_Token] = []
        end = len(self.text.rstrip())
        position = 0
        while position < end:
            match = TOKEN.match(self.text, position)
            if match is None:
                start = position + len(self.text[position:]) - len(self.text[position:].lstrip())
                sign = self.text[start]
                hint = f"; say '{OURS[sign]}'" if sign in OURS else ""
                hint = "; names stand without quotation marks" if sign in "'\"`" else hint
                raise self.error(f"{sign!r} means nothing here{hint}", start)
            kind = match.lastgroup or ""
            found.append(_Token(kind, match[kind], match.start(kind)))
            position = match.end()
        return [*found, _Token("end", "", len(self.text))]

    def error(self, message: str, at: int | None = None) -> BadInput:
        """A complaint with a caret under the place; long texts are cut around it."""
        at = self.now.at if at is None else at
        start = max(0, at - 60)
        before, after = (
            "".join(c if c.isprintable() else " " for c in part)
            for part in (self.text[start:at], self.text[at : at + 60])
        )
        return BadInput(f"expression: {message}\n  {before}{after}\n  {' ' * _width(before)}^")

    @property
    def now(self) -> _Token:
        return self.tokens[self.number]

    def take(self, *texts: str) -> str | None:
        """Consume one of these tokens, if it is next."""
        if self.now.kind in ("word", "sign") and self.now.text in texts:
            self.number += 1
            return self.tokens[self.number - 1].text
        return None

    def whole(self) -> Formula:
        formula = self.either()
        if self.now.kind != "end":
            raise self.error("expected 'and', 'or' or the end")
        return formula

    def either(self) -> Formula:
        formula = self.both()
        while self.take("or"):
            formula = formula | self.both()
        return formula

    def both(self) -> Formula:
        formula = self.single()
        while self.take("and"):
            formula = formula & self.single()
        return formula

    def single(self) -> Formula:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error(f"nested more than {DEEPEST} deep")
        try:
            if self.take("not"):
                return ~self.single()
            if self.take("("):
                return self.closed(self.either())
            if which := self.take("any", "all"):
                return self.quantified(which)
            return self.atom()
        finally:
            self.depth -= 1

    def closed(self, formula: Formula) -> Formula:
        if not self.take(")"):
            raise self.error("expected ')'")
        return formula

    def quantified(self, which: str) -> Formula:
        if self.inside:
            self.number -= 1
            raise self.error(f"'{which}' inside '{self.inside}': say it outside, it speaks of all Regions and vaults")
        if not self.take("("):
            raise self.error(f"expected '(' after '{which}'")
        self.inside = which
        body = self.closed(self.either())
        self.inside = ""
        return Some(self.over, body) if which == "any" else Every(self.over, body)

    def atom(self) -> Formula:
        token = self.now
        known = self.at_place | self.at_account if self.inside else self.at_account
        if token.kind != "word":
            raise self.error("expected a name such as 'role', 'any(...)' or '('")
        if token.text not in known:
            if token.text in self.at_place:
                raise self.error(f"'{token.text}' is kept for each Region or vault: say any(...) or all(...)")
            raise self.error(unknown("name", token.text, known))
        self.number += 1
        thing = known[token.text]
        sign = self.take("==", "!=", "<", "<=", ">", ">=")
        if isinstance(thing, Enum):
            return self.compared_value(thing, sign)
        if isinstance(thing, Count):
            return self.compared_number(thing, sign)
        return self.compared_truth(thing, sign)

    def compared_value(self, thing: Enum, sign: str | None) -> Formula:
        options = f"{thing.name} is one of {', '.join(thing.values)}"
        if sign not in ("==", "!="):
            at = self.now.at if sign is None else self.tokens[self.number - 1].at
            raise self.error(f"expected == or != after '{thing.name}': {options}", at)
        if self.now.text not in thing.values:
            raise self.error(options if self.now.kind == "end" else f"{options}, not {quoted(self.now.text)}")
        self.number += 1
        same = thing.is_(self.tokens[self.number - 1].text)
        return same if sign == "==" else ~same

    def compared_number(self, thing: Count, sign: str | None) -> Formula:
        if sign is None:
            raise self.error(f"expected a comparison such as '{thing.name} > 0'")
        if self.now.kind != "number":
            raise self.error(f"expected a number to compare '{thing.name}' with")
        if len(self.now.text) > MOST_DIGITS:
            raise self.error(f"a number has at most {MOST_DIGITS} digits")
        number = int(self.now.text)
        self.number += 1
        at_most = thing.at_most(number)
        below = thing.at_most(number - 1) if number else FALSE
        return {
            "<": below,
            "<=": at_most,
            ">": ~at_most,
            ">=": ~below,
            "==": at_most & ~below,
            "!=": ~at_most | below,
        }[sign]

    def compared_truth(self, thing: Formula, sign: str | None) -> Formula:
        if sign is None:
            return thing
        if sign not in ("==", "!=") or self.now.text not in ("true", "false"):
            at = self.tokens[self.number - 1].at
            raise self.error("it is true or false by itself: leave the comparison out", at)
        self.number += 1
        return thing if (self.tokens[self.number - 1].text == "true") == (sign == "==") else ~thing


def _width(text: str) -> int:
    """How many columns a text takes in a terminal."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
