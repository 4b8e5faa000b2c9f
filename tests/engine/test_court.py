"""The court of mutants: each judge tells what it would find alone, and counts only where it can tell mutants apart."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import pytest
from support.console import call

from backup_slr.cli.mutate import Settings, opened
from backup_slr.engine.check.checker import EVERY_OUTCOME, Checker
from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.core.formula import Every, Formula, Same, Some
from backup_slr.engine.core.rule import Property
from backup_slr.engine.core.step import Machine
from backup_slr.engine.core.trace import replay
from backup_slr.engine.mutation.court import Court, Ruling
from backup_slr.engine.mutation.mutants import Mutant, mutants
from backup_slr.engine.prove.alike import Alike
from backup_slr.engine.prove.induction import Prover
from backup_slr.lifecycle import SMALL_SCOPES, lifecycle, scope
from backup_slr.lifecycle.vocabulary import DEFAULT, EFS_VAULT, points, r, role, v, vault
from backup_slr.scenario.load import load
from backup_slr.testing.adapter import Reply

TABLE = lifecycle()
MUTANTS = {m.id: m for m in mutants(TABLE)}
SCENARIOS = tuple(load(str(file), TABLE) for file in sorted(Path("simulations").glob("*.toml")))
COURT = opened(Settings(TABLE, SCENARIOS, None, prove=False))
NOTICED = {
    "list_resources/change-effect/role-2/absent": {"always", "step"},
    "delete_backup_vault/drop-guard/vault-has-recovery-points": {"always", "sometimes", "step"},
    "delete_service_linked_role/drop-guard/service-using-role": {"always"},
    "delete_backup_vault/move-guard/efs-vault-not-deletable/to-7": {"eventually"},
    "finish_deletion_task/swap-outcome/resources-remain/refuses": {"eventually"},
    "delete_backup_vault/negate-guard/default-vault-needs-another-vault": {"possible"},
    "set_up_cross_account_backup/drop-effect/cross_account": {"sometimes", "step"},
    "delete_recovery_point/remove-choice/collides-no": {"every way", "step"},
    "delete_backup_vault/change-guard/vault-has-recovery-points/at-most-1": {
        "always",
        "every way",
        "sometimes",
        "step",
    },
    "list_resources/drop-guard/not-permitted": set[str](),
}
"""Mutants, and the kinds of properties that notice them."""
KINDS = {p.id: p.kind for p in TABLE.properties} | {EVERY_OUTCOME.id: "every way"}


def by(ruling: Ruling, judge: str) -> list[str]:
    return [kill.by for kill in ruling.kills if kill.judge == judge]


# ---------------------------------------------------------------- properties


@pytest.mark.parametrize("id", NOTICED)
def test_the_properties_that_notice_a_mutant_are_those_that_a_check_of_it_finds_violated(id: str) -> None:
    """Nothing is concluded from the whole model that an exploration of the mutant would not say."""
    ruling = COURT.judge(MUTANTS[id])
    assert ruling.example is not None
    assumed, here = dict(ruling.example.assumed), ruling.example.scope
    found = [
        {j.property.id for j in Checker(model.assuming(assumed), here).check().results if j.verdict == "violated"}
        for model in (TABLE, MUTANTS[id].of(TABLE))
    ]
    violated, told = found[1] - found[0], by(ruling, "properties")
    assert {KINDS[name] for name in told} == NOTICED[id]
    # What is slow to judge is not asked where something else has noticed.
    slow = {name for name in violated if KINDS[name] in ("possible", "eventually")}
    quick = violated - slow
    assert sorted(told) == sorted(quick or slow)


def test_a_trace_of_a_kill_is_one_of_the_mutant_and_breaks_the_property() -> None:
    mutant = MUTANTS["delete_service_linked_role/drop-guard/service-using-role"]
    asked = {p.id: p for p in TABLE.properties}
    kills = [kill for kill in COURT.judge(mutant).kills if kill.judge == "properties"]
    assert kills
    for kill in kills:
        assert kill.example is not None
        model = mutant.of(TABLE).assuming(dict(kill.example.assumed))
        trace = replay(Machine(model, kill.example.scope), kill.example.requests)
        layout = trace.machine.layout
        assert holds(asked[kill.by].formula, Situation(layout, trace.steps[-1].before))
        assert not holds(asked[kill.by].formula, Situation(layout, trace.final))


# ---------------------------------------------------------------- outcomes, scenarios, scopes


def test_outcomes_are_those_that_come_and_those_that_go() -> None:
    dropped = COURT.judge(MUTANTS["list_resources/drop-guard/not-permitted"])
    assert by(dropped, "outcomes") == ["- list_resources refused not-permitted"]
    turned = COURT.judge(MUTANTS["list_resources/swap-outcome/not-permitted/role-being-deleted"])
    assert by(turned, "outcomes") == [
        "+ list_resources refused role-being-deleted",
        "- list_resources refused not-permitted",
    ]


def test_every_scenario_that_notices_is_told_and_the_first_alone_may_do() -> None:
    ruling = COURT.judge(MUTANTS["list_resources/drop-guard/not-permitted"])
    assert {Path(name).stem for name in by(ruling, "scenarios")} == {
        "efs-creates-the-role-for-anybody",
        "every-step-needs-its-permission",
        "no-permission-to-create-the-role",
    }
    alone = COURT.judge(MUTANTS["finish_job/remove-choice/succeeds-yes"])
    assert {kill.judge for kill in alone.kills} >= {"scenarios"}


def with_guard(action: str, condition: Formula) -> Mutant:
    """A mutant that refuses an action where something does not hold."""
    rule = TABLE.rule(action)
    guard = replace(rule.guards[-1], condition=condition, under=())
    return Mutant(f"{action}/planted", "drop-guard", "planted", (), replace(rule, guards=(*rule.guards, guard)))


@pytest.mark.parametrize(
    ("size", "mutant"),
    [
        ((1, 2, 1), with_guard("list_resources", role.is_("absent"))),
        ((1, 3, 1), with_guard("create_backup_vault", Same(v, DEFAULT) | Same(v, EFS_VAULT))),
        ((1, 2, 2), with_guard("delete_recovery_point", points[r, v].at_most(1))),
        ((2, 2, 1), with_guard("create_backup_vault", Some((v,), vault[r, v]) | ~Some((r, v), vault[r, v]))),
    ],
    ids=["default", "ordinary vault", "two points", "two Regions"],
)
def test_what_shows_in_one_of_the_small_scopes_only_is_found_there(size: tuple[int, int, int], mutant: Mutant) -> None:
    ruling = COURT.judge(mutant)
    assert ruling.example is not None
    assert ruling.example.scope == scope(*size)
    assert size in SMALL_SCOPES


# ---------------------------------------------------------------- the oracle


class Nonsense:
    """An implementation that answers everything in the same way."""

    def __init__(self, *_: object) -> None: ...

    def reset(self) -> None: ...

    def perform(self, *_: object) -> Reply:
        return Reply("done", "nonsense")

    def observe(self) -> object:
        return {}


class Raises(Nonsense):
    def perform(self, *_: object) -> Reply:
        raise RuntimeError("out of order")


class WantsNothing(Nonsense):
    def __init__(self) -> None: ...


class SeesNumbers(Nonsense):
    def observe(self) -> object:
        return 5


class AnswersNothing(Nonsense):
    def perform(self, *_: object) -> Reply:
        return None  # type: ignore[return-value]


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], str]:
    """Puts something into a module, and tells how ``--oracle`` names it."""

    def put(something: object) -> str:
        module = ModuleType("an_outside_oracle")
        module.adapter = something  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return f"{module.__name__}:adapter"

    return put


def test_an_oracle_that_disagrees_with_the_table_itself_notices_no_mutant(outside: Callable[[object], str]) -> None:
    id = "delete_recovery_point/drop-reading/vault"
    answer = call("mutate", "--mutant", id, "--jobs", "1", "--oracle", outside(Nonsense))
    assert answer.code == 1
    assert f"SURVIVED {id}" in answer.out
    assert "the oracle disagrees with the table itself on the way to 1 of the mutants" in answer.out


@pytest.mark.parametrize(
    ("oracle", "message"),
    [
        (Raises, "RuntimeError: out of order, when asked for rename_role"),
        (WantsNothing, "it is called with (regions, vaults, points, assumptions)"),
        (SeesNumbers, "answers as an Adapter does"),
        (AnswersNothing, "answers as an Adapter does"),
        (5, "an_outside_oracle:adapter is no function, but '5'"),
    ],
    ids=lambda x: getattr(x, "__name__", str(x)),
)
def test_an_oracle_that_cannot_answer_is_told_of(
    outside: Callable[[object], str], oracle: object, message: str
) -> None:
    answer = call(
        "mutate", "--mutant", "rename_role/drop-guard/not-permitted", "--jobs", "1", "--oracle", outside(oracle)
    )
    assert answer.code in (2, 3)
    assert message in answer.err
    assert "Traceback" not in answer.err


# ---------------------------------------------------------------- what is supposed in a proof


@pytest.mark.parametrize("id", [
    "delete_service_linked_role/change-guard/service-using-role/without-1",
    "finish_deletion_task/drop-reading/resources-remain",
])  # fmt: skip
def test_what_only_helpers_of_properties_make_impossible_is_proved_equivalent(id: str) -> None:
    """Whether jobs run while the role is being deleted, say: no property says so, some need it to be proved."""
    prover = opened(Settings(TABLE, (), None, prove=True))
    assert (prover.judge(MUTANTS[id]).verdict, prover.judge(MUTANTS[id]).proved) == ("equivalent", True)
    with patch.object(Prover, "facts", ()):
        assert not opened(Settings(TABLE, (), None, prove=True)).judge(MUTANTS[id]).proved


def test_a_property_that_does_not_hold_is_supposed_of_nothing() -> None:
    """Of a role that is never there any two rules would answer alike; that somebody asserts it proves nothing."""
    never = Property("always", "there_is_never_a_role", "There is never a role", role.is_("absent"), ())
    unproved = Property(
        "always", "one_point_is_enough", "One point is enough", Every((r, v), points[r, v].at_most(1)), ()
    )
    for false in (never, unproved):
        table = replace(TABLE, properties=(false,))
        court = Court(table, [scope(1, 2, 1)], prove=Alike())
        for id in ("edit_description/drop-effect/description", "finish_job/drop-effect/points"):
            mutant = MUTANTS[id]
            whole = table.assuming()
            after = mutant.of(table).assuming().rule(mutant.action)
            assert not Alike()(whole, whole.rule(mutant.action), after, {})
            assert court.judge(mutant).verdict != "equivalent"
