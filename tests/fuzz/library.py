"""The library with arbitrary values: a valid request gets the answer of the interpreter, any other an error.

No value is ignored or misinterpreted: whether a request is valid is decided here from the rule alone.
"""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

from backup_slr.engine.compile.interpreter import Situation, interpreted_step
from backup_slr.engine.core.formula import Element
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.variable import Enum
from backup_slr.lifecycle import lifecycle, scope

DOSE = 300
TABLE = lifecycle()
ASSUMPTIONS = {a.name: tuple(a.values) for a in TABLE.assumptions}
ODD: tuple[Any, ...] = (-1, 2, 3, 99, True, None, "console", "Default", 0.5, "0", (), [0], "role")


def trial(random: Random) -> str | None:
    if random.random() < 0.2:
        return _assuming(random)
    machine = _machine(random.choice((1, 2)), random.choice((2, 3)), random.choice((1, 2)))
    here, layout = machine.layout.scope, machine.layout
    rule = random.choice(TABLE.rules)
    place: Any = tuple(random.randrange(here.size(param.sort)) for param in rule.place)
    inputs: dict[str, Any] = {
        i.name: random.randrange(len(i.values) if isinstance(i, Enum) else 2)
        for i in rule.inputs
        if random.random() < 0.6
    }
    action, state = rule.action, tuple(random.randrange(layout.values(v) or 2) for v, _ in layout.cells)
    match random.randrange(7):
        case 0:
            place = (*place, random.choice(ODD))
        case 1 if place:
            place = (*place[:-1], random.choice(ODD))
        case 2:
            place = random.choice((*ODD, place[:-1], list(place)))
        case 3:
            inputs[random.choice(("nonsense", "via", "permitted", "by", "role"))] = random.choice(ODD)
        case 4 if inputs:
            inputs[random.choice(list(inputs))] = random.choice(ODD)
        case 5:
            state = random.choice((state[:-1], (*state, 0), ()))
        case _:
            pass
    valid = (
        len(state) == machine.layout.width
        and isinstance(place, tuple)
        and len(place) == len(rule.place)
        and all(isinstance(i, int) and 0 <= i < here.size(p.sort) for i, p in zip(place, rule.place, strict=True))
        and all(name in {i.name for i in rule.inputs} for name in inputs)
        and all(
            isinstance(inputs[i.name], int) and 0 <= inputs[i.name] < (len(i.values) if isinstance(i, Enum) else 2)
            for i in rule.inputs
            if i.name in inputs
        )
    )
    asked = f"{action} at {place!r} with {inputs!r} in {len(state)} cells"
    try:
        step = machine.step(state, Request(action, place, inputs))
    except (TypeError, ValueError) as error:
        return f"{asked}: refused: {error}" if valid or not str(error) else None
    if not valid:
        return f"{asked}: taken, and means nothing"
    stands_for = {p: Element(p.sort, int(i)) for p, i in zip(rule.place, place, strict=True)}
    settled = machine.model.rule(action)
    if step != interpreted_step(settled, Situation(machine.layout, state, stands_for, inputs)):
        return f"{asked}: not what the interpreter answers"
    return None


@cache
def _machine(*numbers: int) -> Machine:
    return Machine(TABLE.assuming(), scope(*numbers))


def _assuming(random: Random) -> str | None:
    """Valid and invalid values of assumptions, chosen in one step or in two."""
    said: dict[str, Any] = {}
    for _ in range(random.randrange(1, 4)):
        name = random.choice(list(ASSUMPTIONS))
        said[name] = random.choice(ASSUMPTIONS[name])
    match random.randrange(4):
        case 0:
            said[random.choice(("usage_check", "nonsense", ""))] = "yes"
        case 1:
            said[random.choice(list(said))] = random.choice(("at_submit", "", None, 1, "YES"))
        case _:
            pass
    valid = all(name in ASSUMPTIONS and value in ASSUMPTIONS[name] for name, value in said.items())
    try:
        model = TABLE.assuming(said)
    except ValueError as error:
        return f"assuming {said!r}: refused: {error}" if valid else None
    if not valid:
        return f"assuming {said!r}: taken, and means nothing"
    if any(dict(model.assumed)[name] != value for name, value in said.items()) or not model.settled:
        return f"assuming {said!r}: {dict(model.assumed)}"
    if TABLE.noting(said).assuming() != model or model.assuming(said) != model or model.assuming() != model:
        return f"assuming {said!r}: not the same in two steps"
    other = random.choice(list(ASSUMPTIONS))
    value = random.choice(ASSUMPTIONS[other])
    try:
        model.assuming({other: value})
    except ValueError:
        return None if dict(model.assumed)[other] != value else f"{other}={value} refused a second time"
    return None if dict(model.assumed)[other] == value else f"{other} was settled, and settled otherwise"
