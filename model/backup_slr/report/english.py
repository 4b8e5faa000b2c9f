"""Formulas, effects and requests in words, from the phrases that the vocabulary gives to its variables."""

from __future__ import annotations

from backup_slr.engine.core import formula as f
from backup_slr.engine.core.variable import AtMost, Count, Effect, Enum, Flag, HasRoom, Is, Variable, label


def english(formula: f.Formula, negative: bool = False) -> str:
    """A formula, or its opposite, as a phrase that can follow "if".

    >>> from backup_slr.lifecycle.vocabulary import r, v, vault, points
    >>> english(vault[r, v] & points[r, v].is_zero())
    'the vault is there and it holds no recovery points'
    """
    match formula:
        case f.Literal(value):
            return "always" if value != negative else "never"
        case Flag(reads=reads):
            return reads[negative] + _elsewhere(formula)
        case Is(variable, value):
            return (variable.reads_not if negative else variable.reads)[value] + _elsewhere(variable)
        case AtMost(variable, number):
            no = "" if negative else "no "
            amount = f"{no}more than {number} " if number else no
            return f"it holds {amount}{variable.reads}{_elsewhere(variable)}"
        case HasRoom(variable):
            return f"{'no' if negative else 'one'} more of its {variable.reads} fits"
        case f.Same(_, element):
            return f"it is {'not ' if negative else ''}{element!r}"
        case f.Not(body):
            return english(body, not negative)
        case f.And(parts) | f.Or(parts):
            word = " and " if isinstance(formula, f.And) != negative else " or "
            return word.join(_bracketed(part, negative, word) for part in parts)
        case f.Implies(premise, conclusion):
            if negative:
                return f"{english(premise)} and {english(conclusion, True)}"
            return f"{_bracketed(conclusion, False, '')}, if {english(premise)}"
        case f.Every(over, body) | f.Some(over, body):
            which = "every" if isinstance(formula, f.Every) != negative else "some"
            return f"{_over(over, which)}: {english(body, negative)}"
        case f.After(body):
            return f"afterwards {english(body, negative)}"
        case f.Unchanged(names):
            return f"{', '.join(n.replace('_', ' ') for n in names)} {'change' if negative else 'stay as they are'}"
        case f.Does(actions):
            return f"the action is {'not ' if negative else ''}{' or '.join(actions)}"
        case f.Ends(how):
            return f"it ends {'other than ' if negative else ''}{' or '.join(how)}"
        case _:
            raise TypeError(f"no words for {formula!r}")


def _bracketed(formula: f.Formula, negative: bool, word: str) -> str:
    text = english(formula, negative)
    mixed = (" or " if word == " and " else " and ") in text
    return f"({text})" if ": " in text or (mixed and isinstance(formula, f.And | f.Or | f.Not | f.Implies)) else text


def _elsewhere(variable: Variable) -> str:
    """A fixed vault is named; the vault and Region that are spoken of anyway go without saying."""
    fixed = [repr(i) for i in variable.at if isinstance(i, f.Element)]
    return f" ({', '.join(fixed)})" if fixed else ""


def _over(over: tuple[f.Param, ...], which: str) -> str:
    *outer, inner = (param.sort for param in over)
    of = f"{which} {outer[-1].noun}" if outer else f"the {inner.inside}" if inner.inside else ""
    return f"for {which} {inner.noun}{f' of {of}' if of else ''}"


def effect_english(effect: Effect) -> str:
    """An effect as a sentence part: what becomes what, and under which condition."""
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
            what = "one more" if effect.value > 0 else "one less"
        case Enum(values=values):
            what = values[effect.value]
        case Flag(words=(_, there, gone)):
            what = there if effect.value else gone
    return f"{name}: {what}" + ("" if effect.when == f.TRUE else f", if {english(effect.when)}")
