"""Mutation analysis: a mutant is one change, killed or equivalent, and judges are independent of each other.

Few mutants are analyzed here; `tests/mutants.py` analyzes all of them.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest
from support import slow

from backup_slr.cli.mutate import MutationSettings, consulting, opened
from backup_slr.engine.check.checker import EVERY_OUTCOME, Checker
from backup_slr.engine.check.exploration import Space
from backup_slr.engine.check.transitions import transitions_of
from backup_slr.engine.compile.interpreter import Situation, holds
from backup_slr.engine.core.formula import Every, Formula, Same, Some
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Property
from backup_slr.engine.core.step import Machine
from backup_slr.engine.core.trace import replay
from backup_slr.engine.diff.model_diff import diff_transitions, first_difference
from backup_slr.engine.mutation.kills import MutantResult, MutationAnalysis, MutationResults
from backup_slr.engine.mutation.mutants import OPERATORS, Mutant, mutants
from backup_slr.engine.mutation.parallel import judge_all
from backup_slr.engine.prove.equivalence import RuleEquivalence
from backup_slr.engine.prove.induction import Prover
from backup_slr.lifecycle import BACKUP, SMALL_SCOPES, lifecycle, scope
from backup_slr.lifecycle.vocabulary import DEFAULT, EFS_VAULT, NO_SUCH_ROLE, points, r, role, v, vault
from backup_slr.report.mutation import mutated_lines
from backup_slr.scenario.scenario_file import load

TABLE = lifecycle()
MUTANTS = mutants(TABLE)
BY_ID = {m.id: m for m in MUTANTS}
ORACLE = "support.beside_oracle:adapter"
EQUIVALENT = [
    "start_job/move-guard/no-such-role/to-2",  # an absent role is not being deleted
    "create_backup_vault/move-effect/vault-1/to-2",  # both create the vault
    "use_feature_from_another_service/change-when/role-2/without-1",  # if it is present already
    "finish_job/change-when/points/without-3",  # a count never leaves its range
]


NOTICED = [
    "delete_backup_vault/drop-guard/vault-has-recovery-points",
    "delete_backup_vault/move-guard/efs-vault-not-deletable/to-7",
    "delete_backup_vault/negate-guard/default-vault-needs-another-vault",
    "delete_recovery_point/remove-choice/collides-no",
    "list_resources/drop-guard/not-permitted",
    *slow(
        "list_resources/change-effect/role-2/absent",
        "delete_service_linked_role/drop-guard/service-using-role",
        "finish_deletion_task/swap-outcome/resources-remain/refuses",
        "set_up_cross_account_backup/drop-effect/cross_account",
        "delete_backup_vault/change-guard/vault-has-recovery-points/at-most-1",
    ),
]
"""Mutants that properties of each kind kill, or none does."""
KINDS = {p.id: p.kind for p in TABLE.properties} | {EVERY_OUTCOME.id: "every way"}


@cache
def analysis() -> MutationAnalysis:
    scenarios = tuple(load(str(file), TABLE) for file in sorted(Path("simulations").glob("*.toml")))
    return opened(MutationSettings(TABLE, scenarios, ORACLE, True))


def result(id: str) -> MutantResult:
    return analysis().result(BY_ID[id])


def by(found: MutantResult, judge: str) -> list[str]:
    return [kill.by for kill in found.kills if kill.judge == judge]


# ---------------------------------------------------------------- the mutants


def test_a_mutant_is_one_change_of_one_rule_and_cites_what_it_changes() -> None:
    assert len(BY_ID) == len(MUTANTS) > 850
    assert set(Counter(m.operator for m in MUTANTS)) == set(OPERATORS)
    dropped = Counter((m.action, m.operator) for m in MUTANTS)
    for rule in TABLE.rules:
        assert dropped[rule.action, "drop-guard"] == len(rule.guards)
        assert dropped[rule.action, "drop-effect"] == len(rule.effects) + len(rule.on_failure)
    for mutant in MUTANTS:
        assert mutant.id.startswith(f"{mutant.action}/{mutant.operator}/")
        assert mutant.rule != TABLE.rule(mutant.action)
        assert mutant.clauses
        assert mutant.change
    for mutant in MUTANTS[::100]:
        changed = [r.action for r, o in zip(TABLE.rules, mutant.of(TABLE).rules, strict=True) if r != o]
        assert changed == [mutant.action]


def test_ids_do_not_depend_on_the_rules_around_them() -> None:
    alone = replace(TABLE, rules=TABLE.rules[9:10], properties=())
    assert [m.id for m in mutants(alone)] == [m.id for m in MUTANTS if m.action == alone.rules[0].action]


# ---------------------------------------------------------------- differences


@pytest.mark.parametrize("id", [*list(BY_ID)[::225], *slow(*list(BY_ID)[::45])])
def test_the_example_of_a_kill_ends_with_the_first_difference(id: str) -> None:
    """Both models respond equally up to the last request, and differently to that."""
    found = result(id)
    if found.example is None:
        assert found.verdict == "equivalent"
        return
    assert found.verdict == "killed"
    example = found.example
    whole, changed = (m.assuming(dict(example.assumed)) for m in (TABLE, found.mutant.of(TABLE)))
    one, other = Machine(whole, example.scope), Machine(changed, example.scope)
    state = one.initial
    for number, request in enumerate(example.requests, 1):
        a, b = one.step(state, request), other.step(state, request)
        told = [(s.outcome, s.guard and (s.guard.otherwise.id, s.guard.shows_as), s.state) for s in (a, b)]
        assert (told[0] != told[1]) == (number == len(example.requests))
        state = a.state


def with_guard(action: str, condition: Formula) -> Mutant:
    """A mutant that refuses an action if a condition does not hold."""
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
def test_a_difference_in_only_one_small_scope_is_found_there(size: tuple[int, int, int], mutant: Mutant) -> None:
    found = analysis().result(mutant)
    assert found.example is not None
    assert found.example.scope == scope(*size)
    assert size in SMALL_SCOPES


# ---------------------------------------------------------------- judges


@cache
def violated(model: Model, size: tuple[int, ...], bound: int | None) -> set[str]:
    report = Checker(model, scope(*size, bound)).check()  # type: ignore[arg-type]
    return {j.property.id for j in report.results if j.verdict == "violated"}


@pytest.mark.parametrize("id", NOTICED)
def test_the_properties_that_kill_a_mutant_are_those_that_its_check_finds_violated(id: str) -> None:
    """Reusing results of the unchanged model gives the same results as exploring the mutant."""
    found = result(id)
    assert found.example is not None
    assumed, here = dict(found.example.assumed), found.example.scope
    one, other = (
        violated(m.assuming(assumed), tuple(here.sizes.values()), here.bounds["points"])
        for m in (TABLE, BY_ID[id].of(TABLE))
    )
    told = by(found, "properties")
    # Properties that are slow to check are skipped if another one kills the mutant.
    slow_ones = {name for name in other - one if KINDS[name] in ("possible", "eventually")}
    assert sorted(told) == sorted((other - one - slow_ones) or slow_ones)


def test_a_trace_of_a_kill_is_one_of_the_mutant_and_breaks_the_property() -> None:
    mutant = BY_ID["delete_service_linked_role/drop-guard/service-using-role"]
    asked = {p.id: p for p in TABLE.properties}
    kills = [kill for kill in result(mutant.id).kills if kill.judge == "properties"]
    assert kills
    for kill in kills:
        assert kill.example is not None
        model = mutant.of(TABLE).assuming(dict(kill.example.assumed))
        trace = replay(Machine(model, kill.example.scope), kill.example.requests)
        layout = trace.machine.layout
        assert holds(asked[kill.by].formula, Situation(layout, trace.steps[-1].before))
        assert not holds(asked[kill.by].formula, Situation(layout, trace.final))


def test_changed_outcomes_are_those_added_and_those_removed() -> None:
    dropped = result("list_resources/drop-guard/not-permitted")
    assert by(dropped, "outcomes") == ["- list_resources refused not-permitted"]
    turned = result("list_resources/swap-outcome/not-permitted/role-being-deleted")
    assert by(turned, "outcomes") == [
        "+ list_resources refused role-being-deleted",
        "- list_resources refused not-permitted",
    ]
    assert {Path(name).stem for name in by(dropped, "scenarios")} == {
        "efs-creates-the-role-without-permission",
        "every-step-needs-its-permission",
        "no-permission-to-create-the-role",
    }


@pytest.mark.slow
def test_the_kills_of_one_judge_do_not_depend_on_the_others() -> None:
    """The oracle kills this mutant under the defaults, properties only under another value."""
    mutant = BY_ID["list_resources/change-when/role-2/not"]
    oracle = consulting(ORACLE)
    alone, both = (MutationAnalysis(TABLE, [scope(1, 2, 1)], oracle=said).result(mutant) for said in (None, oracle))
    assert alone.by_properties
    assert [k for k in both.kills if k.judge != "oracle"] == list(alone.kills)
    assert [k.judge for k in both.kills].count("oracle") == 1


def test_a_value_other_than_the_default_is_chosen_if_the_change_shows_under_it() -> None:
    found = result("delete_backup_vault/drop-guard/default-vault-needs-another-vault")
    assert found.verdict == "killed"
    assert found.example
    assert dict(found.example.assumed)["default-vault"] == "needs-another-vault"


# ---------------------------------------------------------------- equivalent mutants


@pytest.mark.parametrize("id", [*EQUIVALENT[:2], *slow(*EQUIVALENT[2:])])
def test_a_mutant_without_an_effect_is_proved_equivalent(id: str) -> None:
    found = result(id)
    assert (found.verdict, found.proved, found.kills, found.example) == ("equivalent", True, (), None)


@pytest.mark.slow
def test_shares_leave_equivalent_mutants_out() -> None:
    some = tuple(result(id) for id in (*EQUIVALENT[:2], "edit_description/drop-guard/not-permitted"))
    found = MutationResults(some, ("properties", "outcomes"), 1.0)
    assert (found.count("equivalent"), found.score, found.by_properties_alone) == (2, 1.0, 1.0)
    assert found.by_clause() == {"PERM-1": (1, 1, 1)}


@pytest.mark.parametrize("every", [87, *slow(29)])
def test_z3_proves_nothing_that_a_small_scope_refutes(every: int) -> None:
    model, here = TABLE.assuming(), scope(1, 3, 1)
    equivalent, asked, space = RuleEquivalence(), 0, Space(model, here)
    states = space.explore().states
    for mutant in MUTANTS[::every]:
        old, new = model.rule(mutant.action), mutant.of(TABLE).assuming().rule(mutant.action)
        found = list(
            diff_transitions(
                (m for m in space.transitions if m.ending.action == mutant.action), transitions_of(new, here)
            )
        )
        if old != new and found and first_difference(space, found, states):
            asked += 1
            assert not equivalent(model, old, new, {}), mutant.id
    assert asked > 400 // every


@pytest.mark.parametrize("id", [
    "finish_deletion_task/drop-reading/resources-remain",
    *slow("delete_service_linked_role/change-guard/service-using-role/without-1"),
])  # fmt: skip
def test_an_equivalence_that_depends_on_helpers_of_properties_is_proved(id: str) -> None:
    """For example, whether jobs run while the role is being deleted: this is no property, but some proofs need it."""
    found = MutationAnalysis(TABLE, [scope(1, 2, 1)], prove=RuleEquivalence()).result(BY_ID[id])
    assert (found.verdict, found.proved) == ("equivalent", True)
    with patch.object(Prover, "facts", ()):
        assert not MutationAnalysis(TABLE, [scope(1, 2, 1)], prove=RuleEquivalence()).result(BY_ID[id]).proved


def test_a_property_that_does_not_hold_is_never_assumed() -> None:
    """If the role never existed, any two rules would be equivalent; assuming that would prove too much."""
    never = Property("always", "there_is_never_a_role", "There is never a role", role.is_("absent"), ())
    few = Every((r, v), points[r, v].at_most(1))
    for false in (never, Property("always", "one_point_is_enough", "One point is enough", few, ())):
        table = replace(TABLE, properties=(false,))
        for id in ("edit_description/drop-effect/description", "finish_job/drop-effect/points"):
            found = MutationAnalysis(table, [scope(1, 2, 1)], prove=RuleEquivalence()).result(BY_ID[id])
            assert (found.verdict == "equivalent", found.proved) == (False, False)


# ---------------------------------------------------------------- under values that the rule does not read


def beyond_the_defaults(*properties: Property) -> tuple[Model, Mutant]:
    """A guard that matters if a vault remains without the role: not under the defaults, but under other values."""
    rule = TABLE.rule("delete_backup_vault")
    needs = Guard(~(Same(v, EFS_VAULT) & role.is_("absent")), NO_SUCH_ROLE, "CLEAN-2")
    guarded = replace(rule, guards=(*rule.guards[:2], needs, *rule.guards[2:]))
    rules = tuple(guarded if r is rule else r for r in TABLE.rules)
    return replace(TABLE, rules=rules, properties=properties), Mutant("planted", "drop-guard", "planted", (), rule)


WITHOUT_A_ROLE = Property(
    "always",
    "without_the_role_there_is_no_efs_vault",
    "Without the role there is no EFS vault",
    role.is_("absent").implies(~Some((r,), vault[r, EFS_VAULT])),
    (),
)


@pytest.mark.parametrize("properties", [(), (WITHOUT_A_ROLE,)], ids=["alone", "with an invariant of the defaults"])
@pytest.mark.parametrize("prove", [None, RuleEquivalence()], ids=["explored", "proved"])
def test_a_mutant_that_differs_under_an_assumption_of_another_rule_is_not_equivalent(
    properties: tuple[Property, ...], prove: RuleEquivalence | None
) -> None:
    table, mutant = beyond_the_defaults(*properties)
    found = MutationAnalysis(table, [scope(1, 2, 1)], prove=prove).result(mutant)
    assert found.verdict == "killed"
    assert found.example is not None
    usual = {a.name: a.default for a in table.assumptions}
    unusual = {name: value for name, value in found.example.assumed if usual[name] != value}
    assert unusual in ({"empty-vaults-count": "no"}, {"usage-check": "at-submit"})
    assert found.example.requests[-1].action == "delete_backup_vault"


def test_with_unexplored_combinations_no_mutant_is_equivalent() -> None:
    table, mutant = beyond_the_defaults()
    with patch("backup_slr.engine.check.combinations.MOST", 0):
        found = MutationAnalysis(table, [scope(1, 2, 1)]).result(mutant)
    assert (found.verdict, found.example) == ("survived", None)
    lines = mutated_lines(BACKUP.having(table), MutationResults((found,), ("properties",), 1.0), 1)
    assert "not every combination of assumptions could be explored" in "\n".join(lines)


@pytest.mark.parametrize(("error", "stopped"), [(BrokenProcessPool, "lost"), (KeyboardInterrupt, "interrupted")])
def test_results_before_the_time_limit_are_kept(error: type[BaseException], stopped: str) -> None:
    class Ends:
        def result(self, mutant: Mutant) -> MutantResult:
            if mutant is MUTANTS[2]:
                raise error
            return MutantResult(mutant, "killed")

    counted: list[int] = []
    found, why = judge_all(MUTANTS[:5], Ends(), lambda ends: ends, 1, counted.append)  # type: ignore[arg-type, return-value]
    assert (found, why, counted) == ([MutantResult(m, "killed") for m in MUTANTS[:2]], stopped, [1, 1])
