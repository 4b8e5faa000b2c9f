"""Expressions about a state or a step, as users type them, parsed into formulas.

About a state::

    role == absent and cross_account
    role == present and any(points > 1) and not using_role
    any(points > 0) implies role == present

Outside ``any(...)`` and ``all(...)`` the names are those of the account, inside they are those of each place
(`Lifecycle.question_names`). A step expression is about the state before a step, and may also use:

==========================  =====================================================================================
``after(EXPR)``             the state after the step satisfies EXPR
``action == NAME``          the action of the step, or its API operation; inside ``any`` and ``all``: at this place
``outcome == NAME``         done, refused or failed
``refusal == ID``           why the step was refused or failed
inputs such as ``via``      what the request states and the environment chooses; the usual value if not used
==========================  =====================================================================================

::

    action == delete_service_linked_role and outcome == done implies role == present
    not any(action == delete_backup_vault and points > 0 and after(not vault))

Precedence, loosest first: ``implies``, ``or``, ``and``, ``not``. The text is never evaluated: it is parsed into a tree,
or rejected with the position of the mistake.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import combining, east_asian_width

from backup_slr.engine.core.formula import FALSE, TRUE, After, Does, Ends, Every, Formula, Some
from backup_slr.engine.core.variable import Count, Enum, Flag, Variable
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.engine.spec.selection import action_named
from backup_slr.errors import BadInput, quoted, unknown

TOKEN = re.compile(
    r"\s*(?:(?P<word>[A-Za-z_][A-Za-z_0-9]*(?:-[A-Za-z_0-9]+)*)|(?P<number>[0-9]+)|(?P<sign>==|!=|<=|>=|<|>|\(|\)))"
)
OUTCOMES = ("done", "refused", "failed")
STEP_WORDS = ("after", "action", "outcome", "refusal")
OURS = {"=": "==", "!": "not", "~": "not", "&": "and", "|": "or", "≤": "<=", "≥": ">=", "≠": "!="}
"""Operators of other languages, with their spelling here."""
LONGEST = 10_000
MOST_DIGITS = 18
DEEPEST = 10
"""Deeper than any useful expression; the cost of evaluating a formula grows exponentially with its depth."""


def parse(text: str, lifecycle: Lifecycle) -> Formula:
    """Parse an expression about a state into a formula.

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


def parse_step(text: str, lifecycle: Lifecycle) -> Formula:
    """Parse an expression about a step into a formula; raises as `parse` does.

    >>> from backup_slr.lifecycle import BACKUP
    >>> parse_step("outcome == failed implies after(role == present)", BACKUP)
    Implies(premise=Ends(how=('failed',)), conclusion=After(body=Is(variable=role, value=1)))
    """
    return _Parser(text, lifecycle, of_step=True).whole()


@dataclass
class _Token:
    kind: str
    text: str
    at: int


class _Parser:
    def __init__(self, text: str, lifecycle: Lifecycle, of_step: bool = False) -> None:
        self.text = text
        self.over = lifecycle.place
        self.owners = {v.name: one.name for one in lifecycle.extensions for v in one.state}
        self.at_account, self.at_place = lifecycle.question_names()
        self.at_account |= {"true": TRUE, "false": FALSE}
        self.model = lifecycle.model
        self.rules = {rule.action: rule for rule in lifecycle.model.rules}
        self.inputs: dict[str, Enum | Flag] = {i.name: i for rule in self.rules.values() for i in rule.inputs}
        self.of_step = of_step
        self.within_after = False
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
                hint = f"; use '{OURS[sign]}'" if sign in OURS else ""
                hint = "; write names without quotation marks" if sign in "'\"`" else hint
                raise self.error(f"unexpected {sign!r}{hint}", start)
            kind = match.lastgroup or ""
            found.append(_Token(kind, match[kind], match.start(kind)))
            position = match.end()
        return [*found, _Token("end", "", len(self.text))]

    def error(self, message: str, at: int | None = None) -> BadInput:
        """Return the error with a caret under the mistake; long texts are cut around it."""
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
        formula = self.implication()
        if self.now.kind != "end":
            raise self.error("expected 'and', 'or', 'implies' or the end")
        return formula

    def implication(self) -> Formula:
        premise = self.either()
        if not self.take("implies"):
            return premise
        conclusion = self.either()
        if self.now.text == "implies":
            raise self.error("'implies' does not chain: write 'A implies (B implies C)' or '(A implies B) implies C'")
        return premise.implies(conclusion)

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
                return self.closed(self.implication())
            if which := self.take("any", "all"):
                return self.quantified(which)
            if self.now.text in STEP_WORDS or self.now.text in self.inputs:
                return self.about_step()
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
            raise self.error(f"'{which}' cannot be inside '{self.inside}': both are about all places")
        if not self.take("("):
            raise self.error(f"expected '(' after '{which}'")
        self.inside = which
        body = self.closed(self.implication())
        self.inside = ""
        return Some(self.over, body) if which == "any" else Every(self.over, body)

    def about_step(self) -> Formula:
        """A part that only step expressions have."""
        word = self.now.text
        if not self.of_step:
            raise self.error(f"'{word}' is about a step, and this expression is about a state")
        if self.within_after:
            raise self.error(f"'{word}' is about a step, and the body of after(...) is about a state")
        self.number += 1
        if word == "after":
            if not self.take("("):
                raise self.error("expected '(' after 'after'")
            self.within_after = True
            body = self.closed(self.implication())
            self.within_after = False
            return After(body)
        if word in STEP_WORDS:
            return self.compared_name(word)
        return self.compared(self.inputs[word])

    def compared_name(self, word: str) -> Formula:
        """The action, the outcome or the refusal of a step, compared with a name."""
        refusals = (guard.otherwise.id for rule in self.rules.values() for guard in rule.guards)
        known = {"action": [*self.rules], "outcome": [*OUTCOMES], "refusal": [*dict.fromkeys(refusals)]}[word]
        sign = self.take("==", "!=")
        if sign is None:
            raise self.error(f"expected == or != after '{word}'")
        name = self.now.text
        if word == "action" and name:
            try:
                name = action_named(name, self.model).action
            except BadInput as why:
                raise self.error(str(why)) from None
        if name not in known:
            raise self.error(unknown(word, name, known) if name else f"expected the name of the {word}")
        self.number += 1
        if word != "action":
            same: Formula = Ends((name,))
        else:
            params = {param.sort: param for param in self.over} if self.inside else {}
            same = Does((name,), tuple(params[p.sort] for p in self.rules[name].place if p.sort in params))
        return same if sign == "==" else ~same

    def atom(self) -> Formula:
        token = self.now
        known = self.at_place | self.at_account if self.inside else self.at_account
        if token.kind != "word":
            raise self.error("expected a name such as 'role', 'any(...)' or '('")
        if token.text not in known:
            if token.text in self.at_place:
                raise self.error(f"'{token.text}' differs from place to place: use it inside any(...) or all(...)")
            if owner := self.owners.get(token.text):
                how = f'add --with {owner}, or in a file with = ["{owner}"]'
                raise self.error(f"'{token.text}' belongs to the extension {owner}: {how}")
            raise self.error(unknown("name", token.text, known))
        self.number += 1
        return self.compared(known[token.text])

    def compared(self, thing: Formula | Variable) -> Formula:
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
        return {"<": below, "<=": at_most, ">": ~at_most, ">=": ~below, "==": at_most & ~below, "!=": ~at_most | below}[
            sign
        ]

    def compared_truth(self, thing: Formula, sign: str | None) -> Formula:
        if sign is None:
            return thing
        if sign not in ("==", "!=") or self.now.text not in ("true", "false"):
            at = self.tokens[self.number - 1].at
            raise self.error("it is true or false: omit the comparison", at)
        self.number += 1
        return thing if (self.tokens[self.number - 1].text == "true") == (sign == "==") else ~thing


def _width(text: str) -> int:
    """The number of columns of a text in a terminal."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
