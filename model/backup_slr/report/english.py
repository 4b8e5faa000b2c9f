"""English for formulas, effects and places, from the phrases of the variables in the vocabulary."""

from __future__ import annotations

from collections.abc import Sequence

from backup_slr.engine.compile.simplify import conj, negate
from backup_slr.engine.core import formula as f
from backup_slr.engine.core.variable import AtMost, Count, Effect, Enum, Flag, HasRoom, Is, Variable, label


def english(formula: f.Formula, negative: bool = False) -> str:
    """Return a formula, or its negation, as a phrase that can follow "if".

    >>> from backup_slr.lifecycle.vocabulary import r, v, vault, points
    >>> english(vault[r, v] & points[r, v].is_zero())
    'the vault exists and the vault holds no recovery points'
    """
    match formula:
        case f.Literal(value):
            return "always" if value != negative else "never"
        case Flag(reads=reads):
            return _at_fixed(reads[negative], formula)
        case Is(variable, value):
            return _at_fixed((variable.reads_not if negative else variable.reads)[value], variable)
        case AtMost(variable, number):
            return _at_fixed(_amount(variable, number, negative), variable)
        case HasRoom(variable):
            return f"the maximum of {variable.reads} is {'' if negative else 'not '}reached"
        case f.Same(param, element):
            return f"the {param.sort.noun} is {'not ' if negative else ''}{element!r}"
        case f.Not(body):
            return english(body, not negative)
        case f.And(parts) | f.Or(parts):
            word = " and " if isinstance(formula, f.And) != negative else ", or "
            return word.join(_bracketed(part, negative, word) for part in parts)
        case f.Implies(premise, conclusion):
            if negative:
                return f"{english(premise)} and {english(conclusion, True)}"
            return f"if {english(premise)}, {_bracketed(conclusion, False, '')}"
        case f.Every(over, body) | f.Some(over, body):
            body = negate(body) if negative else body
            return _quantified(over, body, isinstance(formula, f.Every) != negative)
        case f.After(body):
            return f"afterwards {english(body, negative)}"
        case f.Unchanged(names):
            return f"{', '.join(n.replace('_', ' ') for n in names)} {'change' if negative else 'stay as they are'}"
        case f.Does(actions):
            return f"the action is {'not ' if negative else ''}{' or '.join(actions)}"
        case f.Ends(how):
            return f"the outcome is {'not ' if negative else ''}{' or '.join(how)}"
        case _:
            raise TypeError(f"no words for {formula!r}")


def _amount(variable: Count, number: int, negative: bool) -> str:
    amount = f"{'more than' if negative else 'at most'} {number} " if number else "" if negative else "no "
    owner = f"the {variable.per[-1].noun} holds" if variable.per else "there are"
    return f"{owner} {amount}{variable.reads}"


def _bracketed(formula: f.Formula, negative: bool, word: str) -> str:
    text = english(formula, negative)
    joined = isinstance(formula, f.And | f.Or | f.Not | f.Implies)
    mixed = (", or " if word == " and " else " and ") in text or text.startswith("if ")
    return f"({text})" if ": " in text or (mixed and joined) else text


def _at_fixed(phrase: str, variable: Variable) -> str:
    """Add the name of a fixed place; the place of the request itself needs no name."""
    for index in variable.at:
        if isinstance(index, f.Element):
            named = phrase.replace(f"the {index.sort.noun} ", f"the {index.sort.noun} {index!r} ", 1)
            phrase = named if named != phrase else f"{phrase} in {index!r}"
    return phrase


def _quantified(over: Sequence[f.Param], body: f.Formula, every: bool) -> str:
    """A statement about every or some place: the noun of the innermost sort is the subject, outer ones follow."""
    noun = subject = over[-1].sort.noun
    which = "every" if every else "some"
    found = negate(body) if every else body
    parts = found.parts if isinstance(found, f.And) else (found,)
    others = [repr(p.body.element) for p in parts if isinstance(p, f.Not) and isinstance(p.body, f.Same)]
    if others and len(others) < len(parts):
        # "Some vault other than Default exists" instead of "some vault is not Default and exists".
        subject = f"{noun} other than {' or '.join(others)}"
        found = conj(p for p in parts if not (isinstance(p, f.Not) and isinstance(p.body, f.Same)))
        body = negate(found) if every else found
    statement, opposite = english(body), english(body, True)
    if isinstance(body, f.And | f.Or | f.Implies | f.Every | f.Some):
        return f"for {which} {subject}{_outside(over, which, ' of ')}: {statement}"
    about = f"the {noun} "
    if not statement.startswith(about):
        which = "any" if every and statement.startswith("no ") else which
        return f"{statement} in {which} {subject}{_outside(over, which, ' of ')}"
    if every and len(opposite) < len(statement):
        return f"no {subject} {opposite.removeprefix(about)}{_outside(over, 'any', ' in ')}"
    return f"{which} {subject} {statement.removeprefix(about)}{_outside(over, which, ' in ')}"


def _outside(over: Sequence[f.Param], which: str, word: str) -> str:
    *outer, inner = over
    if not outer:
        return f"{word}the {inner.sort.inside}" if inner.sort.inside else ""
    return "".join(f"{word}{which} {param.sort.noun}" for param in reversed(outer))


# ---------------------------------------------------------------- questions

AUXILIARIES = ("is", "are", "was", "may", "can", "does")
VERBS = ("exist", "hold", "come", "collide", "succeed", "fail", "lack", "remain", "run")
NEGATIONS = {"no", "not", "lacks", "never"}


def question(condition: f.Formula) -> tuple[str, bool]:
    """Return a positive question about a condition, and the answer with which the condition holds.

    >>> from backup_slr.lifecycle.vocabulary import r, v, vault, points
    >>> question(points[r, v].is_zero())
    ('Does the vault hold recovery points?', False)
    """
    negations = [len(NEGATIONS.intersection(english(condition, n).split())) for n in (False, True)]
    holds = negations[0] <= negations[1]
    asked = condition if holds else negate(condition)
    asked = negate(asked.body) if isinstance(asked, f.Not) else asked
    text = _asked(asked).replace("some ", "any ")
    return f"{text[0].upper()}{text[1:]}?", holds


def _asked(formula: f.Formula) -> str:
    match formula:
        case f.Implies(premise, conclusion):
            return f"if {english(premise)}, {_asked(conclusion)}"
        case f.And(parts) | f.Or(parts):
            return f", {'and' if isinstance(formula, f.And) else 'or'} ".join(map(_asked, parts))
        case _:
            return _inverted(english(formula))


def _inverted(statement: str) -> str:
    """A statement as a question: its verb comes first.

    >>> _inverted("a job is running"), _inverted("the vault exists")
    ('is a job running', 'does the vault exist')
    """
    words = [] if ": " in statement else statement.split()
    for n, word in enumerate(words):
        before, after = words[:n], words[n + 1 :]
        if word in AUXILIARIES:
            return " ".join((word, *before, *after))
        if n and (word == "has" or word.removesuffix("s") in VERBS):
            verb = "have" if word == "has" else word.removesuffix("s")
            return " ".join(("does", *before, verb, *after))
    return f"is it true that {statement}"


# ---------------------------------------------------------------- effects and places


def effect_english(effect: Effect) -> str:
    """Return an effect as a sentence part: the variable, its new value, and the condition.

    The maximum of a count is omitted, because it belongs to the scope and not to the service.

    >>> from backup_slr.lifecycle.vocabulary import r, v, vault
    >>> effect_english(vault[r, v].becomes(False, clause="CLEAN-2"))
    'the vault: deleted'
    """
    variable = effect.variable
    name, where, exists = label(variable), "", False
    if variable.per:
        where = f"in {'every' if effect.each else 'the'} {variable.per[0].noun}"
        exists = variable.name == variable.per[-1].name
    match variable.at:
        case (_, f.Element() as fixed):
            name = f"{fixed!r} {where}" if exists else f"{name} in {fixed!r} {where}"
        case (_, _):
            name = f"the {name}" if exists else f"{name} in the {variable.per[-1].noun}"
        case (_,):
            name = f"{name} {where}"
        case _:
            pass
    match variable:
        case Count():
            what = "one more" if effect.value > 0 else "one fewer"
        case Enum(values=values):
            what = values[effect.value]
        case Flag(words=(_, there, gone)):
            what = there if effect.value else gone
    parts = effect.when.parts if isinstance(effect.when, f.And) else (effect.when,)
    when = conj(part for part in parts if not isinstance(part, HasRoom))
    return f"{name}: {what}" + ("" if when == f.TRUE else f", if {english(when)}")


def place_english(place: Sequence[f.Param], which: str) -> str:
    """Return a place in words, innermost first.

    >>> from backup_slr.lifecycle.vocabulary import r, v
    >>> place_english((r, v), "a"), place_english((r,), "each")
    ('a vault of a Region', 'each Region')
    """
    return " of ".join(f"{which} {param.sort.noun}" for param in reversed(place))
