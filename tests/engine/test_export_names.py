"""Exports of models whose names mean something to the language that they are written in, or say one thing twice."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from engine.test_export import as_tla, constants, needs_spin, ours, requests, spin, values
from support import tla_reader
from support.console import asked, call
from support.strategies import HALL, ROOM, SHELF

from backup_slr.engine.check.exploration import Space
from backup_slr.engine.compile.interpreter import Situation, interpreted_step
from backup_slr.engine.core.formula import TRUE, Every, Param
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Property, Refusal, Rule
from backup_slr.engine.core.scope import Layout, Scope
from backup_slr.engine.core.variable import Count, Effect, Enum, Flag
from backup_slr.engine.export.identifiers import comment, identifiers
from backup_slr.engine.export.printed import Printed
from backup_slr.engine.export.promela import promela
from backup_slr.engine.export.promela_names import Names as Spoken
from backup_slr.engine.export.tla import configuration, tla
from backup_slr.engine.export.tla_formulas import Tla
from backup_slr.engine.export.tla_names import Names

X, A = Param("x1", ROOM), Param("points", ROOM)
STEP, ROLE = Flag("step", per=(ROOM,)), Enum("role", ("absent", "role-absent", 'a "b"'))
A1, COUNT = Flag("a1", per=(ROOM,)), Count("the_points")
INIT = Flag("init", kind="parameter", default=True)
ACTION = Enum("action", ("done", "if"), kind="parameter")
BAD = "over */ and *) out\n/* (* in"


def rule(action: str, place: tuple[Param, ...], *effects: Effect, guards: tuple[Guard, ...] = ()) -> Rule:
    return Rule(action, BAD, "person", (), (BAD,), place, (INIT, ACTION), guards, effects)


def awkward() -> Model:
    """A small model that uses every name at the wrong place."""
    no, nor = Refusal("no-room", BAD, None), Refusal("no.room", BAD, None)
    full = Guard(COUNT.has_room(), nor, BAD)
    rules = (
        rule("proctype", (X,), Effect(STEP[X], 1, BAD), Effect(ROLE, 2, BAD), guards=(Guard(INIT, no, BAD), full)),
        rule("role_absent", (A,), Effect(A1[A], 1, BAD, STEP[A]), Effect(ROLE, 1, BAD)),
        rule("end", (), Effect(COUNT, 1, BAD), guards=(full,)),
        rule("old_role", (), Effect(A1[X], 0, BAD, each=(X,)), Effect(ROLE, 0, BAD)),
        rule("next", (), Effect(STEP[HALL], 0, BAD)),
    )
    sentences = ("2 plus 2", "Gr\u00f6\u00dfe */ bleibt", "Gro\u00dfe bleibt", "Role", "if")
    ids = ("2_plus_2", "gr\u00f6\u00dfe_bleibt", "gro\u00dfe_bleibt", "role", "if")
    some = Param("a", ROOM)
    formulas = (TRUE, ~A1[HALL], Every((some,), Every((some,), ~STEP[some])), ~ROLE.is_("absent"), COUNT.at_most(1))
    properties = tuple(
        Property("always", name, s, f, (BAD,)) for name, s, f in zip(ids, sentences, formulas, strict=True)
    )
    out = Property("always", "there_is_room", "There is room", ~TRUE, (), needs=(("room", 3),))
    return Model(BAD, (ROOM, SHELF), (STEP, ROLE, A1, COUNT), rules, (*properties, out))


WHERE = Scope({"room": 2, "shelf": 1}, {"the_points": 1})


@needs_spin
def test_spin_takes_awkward_names_for_what_they_are() -> None:
    model = awkward()
    states, violated = spin(promela(model, WHERE))
    ids = {id_: name.removeprefix("holds_") for name, id_ in Spoken(model).asserted.items()}
    expected, broken = ours(model, WHERE)
    assert (states, violated) == (expected, {ids[id_] for id_ in broken})
    assert expected > 20
    assert len(broken) == 3


def test_the_module_takes_awkward_names_for_what_they_are() -> None:
    model, space = awkward(), Space(awkward(), WHERE)
    layout, names = space.words.layout, Names(model)
    read = tla_reader.module("\n".join(tla(model)) + "\n")
    for word in space.explore().states:
        state = space.words.unpack(word)
        before = {**as_tla(layout, state), "step": {"turn": False}}
        world = tla_reader.World(constants(model, WHERE), read.definitions, before)
        for one in model.rules:
            for place, inputs in requests(one, WHERE):
                arguments = {names("param", p.name): f"{p.sort.name} {e.index}" for p, e in place.items()}
                arguments |= {names("input", i.name): values(i, inputs[i.name]) for i in one.inputs}
                after = tla_reader.perform(world, names("action", one.action), arguments)
                outcome, guard, expected = interpreted_step(one, Situation(layout, state, place, inputs))
                step = after.pop("step")
                assert after == as_tla(layout, expected)
                assert step["ends"] == (outcome, guard.otherwise.id if guard else "")
                assert (step["action"], step[names.field("action")]) == (one.action, values(ACTION, inputs["action"]))


@pytest.mark.parametrize("number", [1, 2])
def test_a_quantifier_binds_no_name_that_means_something(number: int) -> None:
    a, flag = Param("a", ROOM), Flag(f"a{number}", per=(ROOM,))
    layout = Layout(Model("toy", (ROOM, SHELF), (flag,), (), ()), WHERE)
    text = Printed(Tla(layout.model))(Every((a,), Every((a,), Every((a,), ~flag[a]))))
    world = tla_reader.World(constants(layout.model, WHERE), {}, as_tla(layout, (0, 0)))
    assert tla_reader.Parser(text).whole()(world) is True


def test_the_reader_knows_that_no_name_is_bound_twice() -> None:
    world = tla_reader.World({"S": frozenset((1, 2))}, {}, {"v": 1})
    for wrong in (r"\A x \in S : \E x \in S : x = 1", r"\A v \in S : v = 1", r"\A S \in S : TRUE"):
        with pytest.raises(AssertionError, match="means something already"):
            tla_reader.Parser(wrong).whole()(world)


def test_a_property_out_of_scope_is_not_asserted_and_that_is_said() -> None:
    large = Scope({"room": 3, "shelf": 1}, {"the_points": 1})
    for lines, name in ((promela, "There is room"), (configuration, "there_is_room")):
        told = [[line for line in lines(awkward(), where) if name in line] for where in (WHERE, large)]
        assert [["means nothing in this scope" in line for line in some] for some in told] == [[True], [False]]
    assert not any("assert(holds_there_is_room)" in line for line in promela(awkward(), WHERE))
    assert any("assert(holds_there_is_room)" in line for line in promela(awkward(), large))


def test_no_two_things_are_called_alike_and_none_as_a_word_of_the_language() -> None:
    wanted = ("a-b", "a_b", "a_b_2", "a b", "if", "the_if", "", "7")
    found = identifiers(enumerate(wanted), ("if",))
    assert list(found.values()) == ["a_b", "a_b_2", "a_b_2_2", "a_b_3", "the_if", "the_if_2", "the_", "the_7"]


@pytest.mark.parametrize("text", ["*/", "/*", "*)", "(*", "**/", "/**/", "*)*/(*", "a\n\\* b"])
def test_a_comment_ends_where_it_should(text: str) -> None:
    said = comment(text)
    assert not any(sign in said for sign in ("*/", "/*", "*)", "(*", "\n"))
    assert said.replace(" ", "") == "".join(text.split())


# ---------------------------------------------------------------- on the command line


def changed(folder: Path, change: Any) -> str:
    """A file with our own table, changed."""
    document = asked("rules", "--json").document
    change(document["table"])
    file = folder / "rules.json"
    file.write_text(json.dumps(document))
    return str(file)


@needs_spin
def test_a_refusal_called_as_a_value_of_a_variable_makes_no_disagreement(tmp_path: Path) -> None:
    def change(table: Any) -> None:
        table |= json.loads(json.dumps(table).replace('"no-such-role"', '"role-absent"'))
        table["properties"].append(
            {"kind": "always", "sentence": "2 B\u00fcros */", "clauses": ["CLEAN-1"], "formula": False}
        )

    answer = call("export", "promela", "--check", "--regions", "1", "--rules", changed(tmp_path, change))
    assert (answer.code, answer.out.splitlines()[0]) == (1, "verdict      agrees")
    assert "VIOLATED, say both: 2_b\u00fcros" in answer.out


def test_an_input_that_no_rule_reads_has_its_usual_value_in_every_language() -> None:
    unread = Flag("unread", kind="choice"), Enum("how", ("by hand", "by post"), kind="parameter")
    formula = ~unread[0] & unread[1].is_("by hand") & INIT
    assert [Printed(Tla(awkward()))(formula)] == ["(~FALSE /\\ init)"]
    asked_ = Property("step", "unread", "Unread", unread[0] | unread[1].is_("by post"), ())
    text = "\n".join(promela(replace(awkward(), properties=(asked_,)), WHERE))
    assert "holds_unread = false;" in text


@pytest.mark.parametrize("program", ["spin", "gcc"])
def test_a_program_that_fails_is_not_said_to_be_missing(program: str, tmp_path: Path) -> None:
    for name in ("spin", "gcc"):
        (tmp_path / name).write_text(f"#!/bin/sh\n[ {name} != {program} ] || {{ printf 'no \\033 luck'; exit 1; }}\n")
        (tmp_path / name).chmod(0o755)
    with patch.dict("os.environ", {"PATH": f"{tmp_path}:/usr/bin:/bin"}):
        answer = call("export", "promela", "--check", "--regions", "1")
    assert answer.code == 5
    assert answer.out.startswith("verdict      inconclusive")
    assert f"{program} failed and said: no \\x1b luck" in answer.out


@pytest.mark.parametrize("element", [{"vault": 3}, {"vault": 0}, {"region": 1}])
def test_what_has_no_name_cannot_be_singled_out(element: dict[str, int], tmp_path: Path) -> None:
    """All others are alike: that is what symmetry, proofs and exports rely on."""

    def change(table: Any) -> None:
        at = ["vault", "r", element] if "vault" in element else ["vault", element, {"vault": "Default"}]
        table["properties"][0]["formula"] = ["every", ["r"], ["not", ["flag", at]]]

    file = changed(tmp_path, change)
    (name,) = element
    for command in (("check",), ("export", "tla"), ("export", "promela"), ("prove",)):
        answer = call(*command, "--rules", file)
        assert (answer.code, answer.out) == (3, "")
        assert f"].{name}: " in answer.err
        assert "alike" in answer.err
