"""Proofs for every scope: true properties are proved, and no property that a trace violates is."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from unittest.mock import patch

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.console import asked, call
from support.naive import Naive
from support.random_models import formulas, random_models
from support.verdicts import PlainJudge

from backup_slr.engine.check.checker import Checker
from backup_slr.engine.core.formula import After, Every, Formula, Same, Some
from backup_slr.engine.core.model import Model, parts_of
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.trace import Trace
from backup_slr.engine.prove.induction import Proof, Prover, Query
from backup_slr.engine.prove.proof_search import AssumptionAnalysis, ProofResult, ProofSearch, ProofVerdict
from backup_slr.errors import install
from backup_slr.lifecycle import BACKUP, lifecycle, scope
from backup_slr.lifecycle.properties import PROPERTIES
from backup_slr.lifecycle.properties.invariants import NO_JOB_WHILE_DELETING
from backup_slr.lifecycle.vocabulary import DEFAULT, EFS_VAULT, description, points, r, role, v, vault

MODEL = lifecycle().assuming()
SMALL = scope(regions=1, vaults=2, points=1)
INDUCTIVE = [p for p in PROPERTIES if p.kind in ("always", "step")]
SINGLY = [(a.name, value) for a in MODEL.assumptions for value in a.values if value != a.default]
GUARDS = [(rule.action, part) for rule in MODEL.rules for part in parts_of(rule)]
SMALLEST = ("--regions", "1")
DEPENDS = "no_permission_no_change_of_role"
KNOWN: dict[object, Query] = {}
"""Answers shared by models with the same variables: most of their rules are the same."""


def some_quick(cases: Sequence[object], every: int) -> list[object]:
    """All cases, most of which are marked slow."""
    return [pytest.param(case, marks=pytest.mark.slow if n % every else ()) for n, case in enumerate(cases)]


def violated(model: Model) -> set[str]:
    """The properties that are violated in the small scope."""
    report = Checker(model, SMALL).check(only=[p.id for p in INDUCTIVE])
    return {j.property.id for j in report.results if j.verdict == "violated"}


def proved(model: Model) -> set[str]:
    prover = Prover(model, known=KNOWN)
    return {p.id for p in INDUCTIVE if prover.prove(p).proved}


# ---------------------------------------------------------------- the lifecycle


def test_every_property_of_states_and_steps_is_proved_for_every_size() -> None:
    assert proved(MODEL) == {p.id for p in INDUCTIVE}


@pytest.mark.parametrize("few", [("--property", DEPENDS), pytest.param((), marks=pytest.mark.slow)], ids=["one", "all"])
def test_the_command_lists_proved_properties(few: tuple[str, ...]) -> None:
    answer = asked("prove", "--json", *few)
    document = answer.document
    assert (answer.code, document["verdict"]) == (0, "proved")
    assert {p["id"] for p in document["properties"]} == {
        *few[1:],
        *(() if few else ("points_stay_between_zero_and_their_bound", *(p.id for p in INDUCTIVE))),
    }
    assert {p["verdict"] for p in document["properties"]} == {"proved"}
    assert all(p["action"] is None for p in document["properties"])


@pytest.mark.slow
def test_all_but_two_properties_hold_under_every_combination_of_assumptions() -> None:
    document = asked("prove", "--all-assumptions", "--json").document
    assert len([p for p in document["properties"] if not p["depends_on"]]) == len(INDUCTIVE) + 1 - 2
    assert all(p["every_other_reading"] for p in document["properties"])
    found = {(d["property"], d["assumption"], d["value"], d["verdict"]) for d in document["dependencies"]}
    expected = set()
    for name, value in SINGLY:
        expected |= {(p, name, value, "violated") for p in violated(lifecycle().assuming({name: value}))}
    assert found == expected
    assert all(d["trace"] for d in document["dependencies"])


@pytest.mark.parametrize(("default", "other", "depends"), [
    ("proved", "inconclusive", False),
    ("inconclusive", "proved", False),
    ("inconclusive", "violated", True),
    ("proved", "violated", True),
])  # fmt: skip
def test_an_unknown_verdict_is_not_a_dependency(default: ProofVerdict, other: ProofVerdict, depends: bool) -> None:
    readings = AssumptionAnalysis(lifecycle(), SMALL)
    usual, asked_for = readings.under(), INDUCTIVE[0]
    proof = Proof(asked_for, (), ())

    def settle(self: ProofSearch, invariant: Property) -> ProofResult:
        return ProofResult(invariant, default if self is usual else other, proof)

    with patch.object(ProofSearch, "settle", settle), patch.object(AssumptionAnalysis, "_combined", lambda *_: False):
        found = readings.depend(asked_for)
    assert not found.everywhere
    assert [(name, value) for name, value, _ in found.depends] == (SINGLY if depends else [])


BESIDE = [(p, h) for p in dict.fromkeys((*INDUCTIVE, *(h for p in INDUCTIVE for h in p.by))) for h in p.by]


@pytest.mark.parametrize(("one", "helper"), [
    pytest.param(*pair, id=f"{pair[0].id}-{pair[1].id}", marks=pytest.mark.slow if n else ())
    for n, pair in enumerate(BESIDE)
])  # fmt: skip
def test_each_helper_invariant_is_needed_under_some_assumption(one: Property, helper: Property) -> None:
    weaker = replace(one, by=tuple(h for h in one.by if h != helper))
    # Without other properties, whose invariants help as well.
    alone = replace(lifecycle(), properties=())
    models = (alone.assuming(dict(taken)) for taken in ([], *([s] for s in SINGLY)))
    provers = (Prover(model, known=KNOWN) for model in models)
    assert any(p.prove(one).proved and not p.prove(weaker).proved for p in provers)


# ---------------------------------------------------------------- injected faults


@pytest.mark.parametrize("part", some_quick(GUARDS, 24), ids="/".join)
def test_a_property_that_the_exploration_violates_is_never_proved(part: tuple[str, str]) -> None:
    model = MODEL.without([part])
    prover = Prover(model, known=KNOWN)
    broken = violated(model)
    for one in (p for p in INDUCTIVE if p.id in broken):
        assert not prover.prove(one).proved, one.id


def test_a_violated_property_is_reported_with_the_action_and_the_trace() -> None:
    broken = ("--without", "delete_backup_vault/vault-has-recovery-points")
    answer = asked("prove", "--json", *SMALLEST, *broken, "--property", "recovery_points_lie_in_vaults")
    assert answer.code == 1
    (found,) = answer.document["properties"]
    assert (found["verdict"], found["action"]) == ("violated", "delete_backup_vault")
    assert found["trace"][-1]["do"] == "delete_backup_vault"


def with_property(formula: Formula, kind: str = "always", **also: object) -> Model:
    return replace(MODEL, properties=(Property(kind, "it_is_so", "It is so", formula, (), **also),))  # type: ignore[arg-type]


def test_a_property_of_a_small_scope_only_is_not_proved() -> None:
    model = with_property(Every((r, v), points[r, v].at_most(2)))
    for bound in (1, 3):  # true with one point in each vault; z3 finds where it is not
        found = settled(model, scope(1, 2, bound))
        assert (found.verdict, found.actions[0]) == ("violated", "finish_job")
        assert found.trace is not None
        assert max(found.trace.steps[-1].after) == 3
        assert found.trace.machine.scope.bounds["points"] == 3


def settled(model: Model, where: Scope = SMALL) -> ProofResult:
    """The verdict on the one property of a model."""
    search = ProofSearch(model, where)
    (found,) = [search.settle(p) for p in search.asked(["it_is_so"])]
    return found


ORDINARY = ~Same(v, DEFAULT) & ~Same(v, EFS_VAULT)


def test_a_helper_that_needs_a_larger_scope_proves_nothing_about_a_smaller_one() -> None:
    """With three vaults there is an ordinary one; this says nothing about two vaults."""
    third = Property(
        "always", "there_is_a_third_vault", "There is a third vault", Some((v,), ORDINARY), (), needs=(("vault", 3),)
    )
    formula = ~role.is_("present") | Some((v,), ORDINARY)
    for needs, verdict in (((), "violated"), ((("vault", 3),), "proved")):
        found = settled(with_property(formula, by=(third,), needs=needs))
        assert found.verdict == verdict


def test_a_helper_that_does_not_hold_initially_proves_nothing() -> None:
    """Where nothing ever changes, every action preserves any formula, even a false one."""
    idle = tuple(rule for rule in MODEL.rules if not (rule.effects or rule.on_failure))
    assert idle
    false = Property("always", "so_it_is", "So it is", description.is_("edited"), ())
    for one in (with_property(false.formula, by=(false,)), with_property(After(false.formula), "step", by=(false,))):
        found = Prover(replace(one, rules=idle)).prove(one.properties[0])
        assert (found.proved, found.by) == (False, ())


def test_a_trace_is_searched_in_the_scope_of_the_model_of_z3() -> None:
    """A default scope has no ordinary vault: it is with three that one can be created."""
    model = with_property(Every((r, v), ~vault[r, v] | ~ORDINARY))
    assert Checker(model, SMALL).check(only=["it_is_so"]).results[0].verdict == "holds"
    found = settled(model)
    assert (found.verdict, found.actions[0]) == ("violated", "create_backup_vault")
    assert found.trace is not None
    assert broken_by(model.properties[0], found.trace)


@pytest.mark.slow
def test_a_property_without_its_helper_is_not_inductive_and_the_state_is_shown() -> None:
    needed = {helper.id for p in PROPERTIES for helper in p.by}
    bare = tuple(replace(p, by=()) for p in PROPERTIES if p.id not in needed)
    with patch("backup_slr.cli.model_options.LIFECYCLE", BACKUP.having(replace(lifecycle(), properties=bare))):
        answer = call("prove", "--json")
        text = call("prove", "--property", "recovery_points_have_a_role")
    assert answer.code == text.code == 6
    open_ = {p["id"]: p for p in answer.document["properties"] if p["verdict"] != "proved"}
    assert {p["verdict"] for p in open_.values()} == {"not-inductive"}
    assert {i: p["action"] for i, p in open_.items()} == {
        "recovery_points_have_a_role": "finish_job",
        "vault_deletion_keeps_recovery_points": "delete_backup_vault",
        "recreated_role_has_default_description": "list_resources",
    }
    shown = open_["recreated_role_has_default_description"]["counterexample_to_induction"]
    assert {"variable": "description", "after": "edited"} in shown["before"]
    assert shown["step"]["do"] == "list_resources"
    assert "counterexample to induction: from this state" in text.out
    assert "finish_job us-east-1/" in text.out


def test_another_property_helps_where_the_helpers_of_a_property_are_not_enough() -> None:
    bare = tuple(replace(p, by=()) for p in PROPERTIES)
    (asked,) = (p for p in bare if p.id == "recovery_points_have_a_role")
    found = Prover(replace(lifecycle(), properties=bare).assuming()).prove(asked)
    assert (found.proved, [helper.id for helper in found.by]) == (True, ["jobs_have_a_role"])
    alone = Prover(replace(lifecycle(), properties=(asked,)).assuming()).prove(asked)
    assert not alone.proved


def test_an_initial_state_that_violates_a_property_is_a_violation() -> None:
    found = settled(with_property(role.is_("present")))
    assert found.verdict == "violated"
    assert found.trace is not None
    assert not found.trace.steps


# ---------------------------------------------------------------- random models


@st.composite
def guesses(draw: st.DrawFn) -> tuple[Model, Scope, Property]:
    model, where = draw(random_models(most=64))
    kind = draw(st.sampled_from(("always", "step")))
    formula = draw(formulas(model.state) if kind == "always" else formulas(model.state, depth=2, steps=model.rules))
    return model, where, Property(kind, "it_is_so", "It is so", formula, ())


@settings(max_examples=20)
@given(guesses())
def test_no_property_of_a_random_model_is_proved_that_a_small_scope_violates(
    guess: tuple[Model, Scope, Property],
) -> None:
    model, where, guessed = guess
    model = replace(model, properties=(guessed,))
    assume(all(where.size(sort) >= len(sort.special) for sort in model.sorts))
    found = Checker(model, where).check(only=[guessed.id]).results[0]
    said = ProofSearch(model, where).settle(guessed)
    if found.verdict == "violated":
        assert said.verdict == "violated"
    elif said.verdict == "violated":
        assert said.trace is not None
        elsewhere = said.trace.machine.scope
        assert elsewhere.sizes != where.sizes or elsewhere.bounds != where.bounds
        assert broken_by(guessed, said.trace)


def broken_by(guessed: Property, trace: Trace) -> bool:
    """Whether the end of a run violates a property, by the interpreter."""
    plain = PlainJudge(Naive(trace.machine.model, trace.machine.scope))
    return plain.replays(trace) and plain.shows(guessed, trace)


# ---------------------------------------------------------------- unknown answers of z3


def test_an_unknown_answer_of_z3_is_inconclusive_and_never_proved() -> None:
    with patch.object(Prover, "satisfy", lambda *_: ("unknown", None)):
        answer = call("prove", "--json", *SMALLEST, "--property", DEPENDS)
    assert answer.code == 5
    assert [p["verdict"] for p in answer.document["properties"]] == ["inconclusive"]


@pytest.mark.slow
def test_properties_after_the_time_limit_are_inconclusive() -> None:
    answer = call("prove", "--timeout", "0.05", "--json", *SMALLEST)
    assert answer.code == 5
    assert answer.document["verdict"] == "inconclusive"
    assert {p["verdict"] for p in answer.document["properties"]} <= {"inconclusive", "proved"}


def test_an_interruption_keeps_earlier_verdicts() -> None:
    settle, count = ProofSearch.settle, []

    def interrupted(self: ProofSearch, invariant: Property) -> object:
        count.append(invariant)
        if len(count) > 3:
            raise KeyboardInterrupt
        return settle(self, invariant)

    with patch.object(ProofSearch, "settle", interrupted):
        answer = call("prove", "--json")
    assert answer.code == 130
    assert len(answer.document["properties"]) == 3


def test_without_z3_the_extra_is_named() -> None:
    ours = [name for name in sys.modules if name.startswith(("backup_slr.engine.prove", "backup_slr.report.proof"))]
    with patch.dict(sys.modules, {"z3": None}):
        for name in ours:
            del sys.modules[name]
        answer = call("prove")
    assert answer.code == 4
    assert install(library="z3-solver") in answer.err


def test_a_helper_that_does_not_hold_is_not_used() -> None:
    asked_ = AssumptionAnalysis(lifecycle(), SMALL).under()
    helped = [asked_.settle(p) for p in asked_.asked() if isinstance(p, Property) and NO_JOB_WHILE_DELETING in p.by]
    assert helped
    assert all(s.verdict == "proved" and NO_JOB_WHILE_DELETING not in s.proof.by for s in helped)
