"""A small model with awkward names: words of Promela, C and TLA+, and comments."""

from __future__ import annotations

from backup_slr.engine.core.formula import TRUE, Every, Param
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Property, Refusal, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag
from support.strategies import HALL, ROOM, SHELF

X, A = Param("x1", ROOM), Param("points", ROOM)
STEP, ROLE = Flag("step", per=(ROOM,)), Enum("role", ("absent", "role-absent", 'a "b"'))
A1, COUNT = Flag("a1", per=(ROOM,)), Count("the_points")
INIT = Flag("init", kind="parameter", default=True)
ACTION = Enum("module", ("done", "if"), kind="parameter")
BAD = "over */ and *) out\n/* (* in"
WHERE = Scope({"room": 2, "shelf": 1}, {"the_points": 1})
SAID = {
    "2_plus_2": "2 plus 2",
    "gr\u00f6\u00dfe_bleibt": "Gr\u00f6\u00dfe */ bleibt",
    "gro\u00dfe_bleibt": "Gro\u00dfe bleibt",
    "role": "Role",
    "if": "if",
}


def rule(action: str, place: tuple[Param, ...], *effects: Effect, guards: tuple[Guard, ...] = ()) -> Rule:
    return Rule(action, BAD, "person", (), (BAD,), place, (INIT, ACTION), guards, effects)


def awkward() -> Model:
    no, nor = Refusal("no-room", BAD, None), Refusal("no.room", BAD, None)
    full = Guard(COUNT.has_room(), nor, BAD)
    rules = (
        rule("proctype", (X,), Effect(STEP[X], 1, BAD), Effect(ROLE, 2, BAD), guards=(Guard(INIT, no, BAD), full)),
        rule("role_absent", (A,), Effect(A1[A], 1, BAD, STEP[A]), Effect(ROLE, 1, BAD)),
        rule("end", (), Effect(COUNT, 1, BAD), guards=(full,)),
        rule("old_role", (), Effect(A1[X], 0, BAD, each=(X,)), Effect(ROLE, 0, BAD)),
        rule("next", (), Effect(STEP[HALL], 0, BAD)),
    )
    some = Param("a", ROOM)
    formulas = (TRUE, ~A1[HALL], Every((some,), Every((some,), ~STEP[some])), ~ROLE.is_("absent"), COUNT.at_most(1))
    properties = tuple(Property("always", i, s, f, (BAD,)) for (i, s), f in zip(SAID.items(), formulas, strict=True))
    out = Property("always", "there_is_room", "There is room", ~TRUE, (), needs=(("room", 3),))
    return Model(BAD, (ROOM, SHELF), (STEP, ROLE, A1, COUNT), rules, (*properties, out))
