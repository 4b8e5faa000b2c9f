"""Invalid models, machines and requests are rejected when they are made, with the place and a valid value."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import pytest

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.compile.naming import IllFormed
from backup_slr.engine.core.formula import (
    TRUE,
    After,
    Does,
    Element,
    Ends,
    Every,
    Formula,
    Literal,
    Not,
    Param,
    Same,
    Sort,
    Unchanged,
)
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Assumption, Fair, Guard, Property, Refusal, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.variable import AtMost, Count, Effect, Enum, Flag, Is, Reading
from backup_slr.lifecycle import lifecycle, scope

ROOM = Sort("room", special=("hall",))
SHELF = Sort("shelf")
a, b = Param("a", ROOM), Param("b", SHELF)
lit, mood, books = Flag("lit"), Enum("mood", ("calm", "wild")), Count("books", per=(ROOM,))
asked = Flag("asked", kind="parameter")
NO = Refusal("no", "no", None)
MACHINE = Machine(lifecycle().assuming(), scope(2, 2, 1))


def rule(**changes: Any) -> Rule:
    return replace(Rule("act", "act", "person", (), (), place=(a,), inputs=(asked,)), **changes)


def model(**changes: Any) -> Model:
    return replace(Model("toy", (ROOM, SHELF), (lit, mood, books), (rule(),), ()), **changes)


def guarded(condition: Formula) -> tuple[Rule, ...]:
    return (rule(guards=(Guard(condition, NO, "C"),)),)


def effect(variable: Any, value: int, **changes: Any) -> tuple[Rule, ...]:
    return (rule(effects=(replace(Effect(variable, value, "C"), **changes),)),)


def always(formula: Formula, **changes: Any) -> Property:
    return replace(Property("always", "so_it_is", "So it is", formula, ()), **changes)


def step(formula: Formula, **changes: Any) -> Property:
    return replace(Property("step", "so_it_goes", "So it goes", formula, ()), **changes)


def eventually(**changes: Any) -> Property:
    return replace(Property("eventually", "it_comes", "It comes", lit, ()), **changes)


RULES: list[tuple[tuple[Rule, ...], str]] = [
    (guarded(books.is_zero()), "guards[0].condition[1]: books must be indexed by room"),
    (guarded(books[Param("c", ROOM)].is_zero()), "guards[0].condition[1][1]: 'c' is not bound here"),
    (guarded(books[Element(ROOM, 1)].is_zero()), "condition[1][1]: must be a special element of room"),
    (guarded(Not(Same(a, Element(SHELF, 0)))), "condition[1][2]: must be a special element of room"),
    (guarded(Not(After(lit))), "guards[0].condition[1][0]: 'after' is about a step"),
    (guarded(Every((b,), Unchanged(("lit",)))), "condition[2][0]: 'unchanged' is about a step"),
    (guarded(Flag("dark")), "condition[1]: dark is not a state variable"),
    (guarded(Flag("mood")), "condition[1]: mood is not a state variable, or is declared differently"),
    (guarded(Flag("lucky", kind="choice")), "condition[1]: lucky is not an input here; list it among the inputs"),
    (guarded(Is(mood, 2)), "condition[2]: must be the number of a value of mood: 0 to 1"),
    (guarded(AtMost(books[a], -1)), "condition[2]: must be 0 or more"),
    (guarded(Every((a, a), TRUE)), "condition[1][1]: 'a' is bound here twice"),
    (guarded(Every((Param("c", Sort("attic")),), TRUE)), "condition[1][0]: 'attic' is not a sort of the model"),
    (effect(mood, 2), "effects[0].value: must be one of its values"),
    (effect(mood, 1.0), "effects[0].value: must be one of its values"),  # type: ignore[arg-type]
    ((rule(by="robot"),), "by: must be one of person, service, not 'robot'"),
    ((rule(action=3),), "a part of the model has the wrong type"),
    ((rule(place=[a]),), "a part of the model has the wrong type"),
    (effect(books[a], 2), "effects[0].value: must be 1 or -1"),
    (effect(asked, 1), "effects[0].variable: asked is a parameter; an effect changes a state variable"),
    (effect(lit, 1, when=Ends(("done",))), "effects[0].when[0]: 'ends' is about a step"),
    (effect(lit, 1, under=(Reading("tide", ("high",)),)), "under[0].assumption: 'tide' is not an assumption"),
    ((rule(action="a"),), "action: an action cannot have the name of one of its parameters or inputs"),
    ((rule(action="Act now"),), "action: 'Act now' cannot be a name"),
    ((rule(action="lambda"),), "action: 'lambda' cannot be a name"),
    ((rule(inputs=(lit,)),), "inputs[0]: lit must be an input"),
    ((rule(inputs=(replace(asked, name="a"),)),), "inputs[0]: a must be an input"),
    ((rule(), rule()), "rules[1]: a second action called 'act'"),
    ((rule(action="lit"),), "rules[0].action: 'lit' cannot be an action: 'lit' is a variable already"),
    ((rule(action="hall"),), "special[0]: 'hall' cannot be an element of room: 'hall' is an action already"),
    ((rule(inputs=(Flag("mood", kind="choice"),)),), "'mood' cannot be an input: 'mood' is a variable already"),
    ((rule(guards=(Guard(lit, Refusal("done", "", None), "C"),)),), "'done' cannot be a refusal: 'done' is an outcome"),
    ((rule(guards=(Guard(lit, Refusal("act", "", None), "C"),)),), "'act' cannot be a refusal: 'act' is an action"),
    ((rule(), rule(action="dig", place=(Param("a", SHELF),))), "rules[1]: different things have the name 'a'"),
]
PROPERTIES: list[tuple[Property, str]] = [
    (always(lit, kind="never"), "kind: must be one of always, step"),
    (always(1), "formula: must be a formula, not 1"),  # type: ignore[arg-type]
    (always(Not(None)), "formula[1]: must be a formula, not None"),  # type: ignore[arg-type]
    (always(Literal("x")), "formula: a literal is True or False, not 'x'"),  # type: ignore[arg-type]
    (always(AtMost(mood, 1)), "formula: compares a count with a whole number"),  # type: ignore[arg-type]
    (always(Is(mood, "calm")), "formula: compares an enumeration with the number"),  # type: ignore[arg-type]
    (step(Ends("done")), "formula: must be a tuple of names, not 'done'"),  # type: ignore[arg-type]
    (step(Does("act")), "formula: must be a tuple of names, not 'act'"),  # type: ignore[arg-type]
    (eventually(fair=(Fair("medium", TRUE, ""),)), "fair[0].strength: must be weak or strong"),  # type: ignore[arg-type]
    (eventually(needs=(("room", "1"),)), "needs[0].least: must be a whole number of at least 1"),
    (always(Ends(("done",))), "properties[0].formula[0]: 'ends' is about a step"),
    (always(asked), "properties[0].formula[1]: asked is not an input here; this must be about a state"),
    (replace(always(After(lit)), kind="possible"), "properties[0].formula[0]: 'after' is about a step"),
    (step(After(Unchanged(("lit",)))), "formula[1][0]: 'unchanged' is about a step, but the body of 'after'"),
    (step(After(Not(After(lit)))), "formula[1][1][0]: 'after' is about a step, but the body of 'after'"),
    (step(After(Every((a,), Does(("act",), (a,))))), "formula[1][2][0]: 'does' is about a step"),
    (step(Unchanged(("dark",))), "formula[1]: 'dark' is not a state variable"),
    (step(Does(("dig",))), "formula[1][0]: 'dig' is not an action of the model"),
    (step(Does(("act",), (Element(ROOM, 0), Element(ROOM, 0)))), "formula: act happens at room"),
    (step(lit, earlier=lit), "earlier: is not allowed here: only 'sometimes' and 'eventually' have it"),
    (step(lit, fair=(Fair("weak", TRUE, ""),)), "fair[0]: is not allowed here: only 'eventually' has it"),
    (replace(step(lit, earlier=Ends(("done",))), kind="sometimes"), "earlier[0]: 'ends' is about a step"),
    (eventually(fair=(Fair("weak", books.is_zero(), "", (a,)),)), "fair[0].steps[1]: books must be indexed by room"),
    (eventually(needs=(("attic", 1),)), "needs[0].sort: 'attic' is not a sort of the model"),
    (always(lit, by=(step(lit),)), "by[0].kind: must be 'always'"),
    (always(lit, by=(always(Ends(())),)), "by[0].formula[0]: 'ends' is about a step"),
]


MODELS: list[tuple[dict[str, Any], str]] = [
    *(({"rules": rules}, message) for rules, message in RULES),
    *(({"properties": (wrong,)}, message) for wrong, message in PROPERTIES),
    (
        {"assumptions": (Assumption("lit", "?", {"yes": "", "no": ""}, ""),)},
        "'lit' cannot be an assumption: 'lit' is",
    ),
    (
        {
            "state": (lit, mood, books, Flag("too_late")),
            "rules": (rule(guards=(Guard(lit, Refusal("too-late", "", None), "C"),)),),
        },
        "'too-late' cannot be a refusal: 'too_late' is a variable already",
    ),
    ({"properties": (always(lit), always(~lit))}, "properties[1]: a second property called 'so_it_is'"),
]


@pytest.mark.parametrize(("wrong", "message"), MODELS, ids=[m for _, m in MODELS])
def test_a_model_that_is_not_well_formed_is_rejected(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(IllFormed) as caught:
        model(**wrong)
    assert message in str(caught.value)


def test_a_noted_value_must_exist() -> None:
    with pytest.raises(IllFormed, match=r"assumed\.usage-check: 'never' is not a value of usage-check"):
        replace(lifecycle(), assumed=(("usage-check", "never"),))


def test_the_error_survives_a_worker_process() -> None:
    error = pickle.loads(pickle.dumps(IllFormed(("rules", 3, "action"), "wrong")))
    assert (str(error), error.path) == ("rules[3].action: wrong", ("rules", 3, "action"))


def test_a_formula_may_shadow_a_parameter_of_the_same_sort() -> None:
    shadowed = Every((a,), books[a].is_zero() | Every((a,), ~books[a].is_zero()))
    here = Scope({"room": 2, "shelf": 1}, {"books": 1})
    assert Checker(model(properties=(always(shadowed),)), here).check(only=["so_it_is"]).verdict == "holds"


# ---------------------------------------------------------------- assumptions


def test_a_typing_error_in_an_assumption_is_rejected_and_not_ignored() -> None:
    with pytest.raises(ValueError, match="'at_submit' is not a value of usage-check; known: at-task-end, at-submit"):
        lifecycle().assuming({"usage-check": "at_submit"})
    with pytest.raises(ValueError, match="'usage' is not an assumption of the model; known: usage-check"):
        lifecycle().assuming({"usage": "at-submit"})


def test_values_that_are_already_assumed_are_kept() -> None:
    noted = lifecycle().noting({"usage-check": "at-submit"})
    assert noted.assuming({"default-vault": "cli-deletes"}) == lifecycle().assuming({"usage-check": "at-submit"})
    assert noted.assuming({"usage-check": "at-task-end"}) == lifecycle().assuming()


def test_a_settled_model_cannot_be_settled_differently() -> None:
    settled = lifecycle().assuming({"usage-check": "at-submit"})
    assert settled.assuming() == settled
    with pytest.raises(ValueError, match="usage-check is at-submit in this model already"):
        settled.assuming({"usage-check": "at-task-end"})


def test_a_model_with_open_assumptions_does_not_run() -> None:
    for use in (Machine, Checker):
        with pytest.raises(ValueError, match="the assumptions of this model are not settled"):
            use(lifecycle(), scope(1, 2, 1))


# ---------------------------------------------------------------- requests


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (("create_backup_vault", (0, 2)), r"does not happen at \(0, 2\); its place is \(region 0 to 1, vault 0 to 1\)"),
        (("create_backup_vault", (-1, 0)), r"does not happen at \(-1, 0\)"),
        (("create_backup_vault", (0,)), r"does not happen at \(0,\)"),
        (("list_resources", (0,)), r"does not happen at \(0,\); its place is \(\)"),
        (("list_resources", (), {"nonsense": 1}), "has no input 'nonsense'; it has: permitted"),
        (
            ("delete_backup_vault", (0, 0), {"via": "console"}),
            "'console' is not a value of via; give a number: 0 .api., 1",
        ),
        (
            ("delete_backup_vault", (0, 0), {"permitted": 2}),
            r"2 is not a value of permitted; give a number: 0 \(false\), 1",
        ),
        (("delete_backup_vault", (0, 0), {"via": 1.0}), r"1\.0 is not a value of via"),
        (("delete_backup_vault", (0, 0), {"via": None}), "has no input 'via'|None is not a value of via"),
    ],
)
def test_a_request_that_does_not_fit_the_model_is_rejected(request_: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MACHINE.step(MACHINE.initial, Request(*request_))


def test_a_scope_has_room_for_what_its_model_names() -> None:
    for sizes, bounds in (({"region": 0}, {}), ({"region": 1.5}, {}), ({}, {"points": -1}), ({"region": True}, {})):
        with pytest.raises(ValueError, match="a whole number of at least 1"):
            Scope(sizes, bounds)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a scope needs at least 2 of vault: Default"):
        Machine(lifecycle().assuming(), Scope({"region": 1, "vault": 1}, {"points": 1}))
    with pytest.raises(ValueError, match="a scope needs a bound of points, or None"):
        Machine(lifecycle().assuming(), Scope({"region": 1, "vault": 2}, {}))


def test_a_place_is_a_tuple_inputs_are_a_mapping_and_a_state_has_the_size_of_the_scope() -> None:
    with pytest.raises(TypeError, match="inputs are a mapping of names to numbers, not None"):
        Request("list_resources", (), None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"a place is a tuple of numbers, not \[0, 0\]"):
        Request("create_backup_vault", [0, 0])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a state of this scope has 17 cells, not 2"):
        MACHINE.step((0, 0), Request("list_resources"))


@pytest.mark.parametrize(
    "part", ["create_backup_vault/vault-name-reserved", ("create_backup_vault", "vault-name-reserved")]
)
def test_a_part_can_be_removed_in_either_spelling(part: Any) -> None:
    refusals = [g.otherwise.id for g in lifecycle().without([part]).rule("create_backup_vault").guards]
    assert "vault-name-reserved" not in refusals
    with pytest.raises(KeyError):
        lifecycle().without(["create_backup_vault"])
