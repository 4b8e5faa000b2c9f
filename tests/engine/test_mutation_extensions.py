"""Mutants of rules that are composed with extensions: the rules without extensions judge them first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.console import call
from support.second_role import CLUSTERS

from backup_slr.engine.core.formula import TRUE, Formula
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Refusal, Rule
from backup_slr.engine.core.variable import Flag
from backup_slr.engine.mutation.base_judge import BaseJudge
from backup_slr.engine.mutation.kills import MutationAnalysis
from backup_slr.engine.mutation.mutants import Mutant, mutants
from backup_slr.engine.prove.equivalence import RuleEquivalence
from backup_slr.engine.spec.extension import AddedEffects, AddedGuard, Extension
from backup_slr.lifecycle import BACKUP, scope
from backup_slr.lifecycle.extensions import EXTENSIONS

frozen, seen = Flag("frozen"), Flag("seen")
FROZEN = Refusal("account-frozen", "the account is frozen", "E")
CONDITION: Formula = ~frozen
FREEZE = Extension(
    "freeze",
    "an account can be frozen",
    state=(frozen,),
    rules=(Rule("freeze", "freeze the account", "person", (), (), effects=(frozen.becomes(True, clause="C-1"),)),),
    guards=(AddedGuard(("create_cluster",), "last", Guard(CONDITION, FROZEN, "C-1")),),
)


def judged(base: Model, composed: Model) -> dict[str, bool]:
    """By mutant of the changed rules: whether the base kills it."""
    lifecycle = CLUSTERS if base is CLUSTERS.model else BACKUP
    judge = BaseJudge(base, composed, [lifecycle.scope(*lifecycle.small_scopes[0])])
    changed = [rule.action for rule in composed.rules if rule not in base.rules]
    return {m.id: judge(m) is not None for m in mutants(composed) if m.action in changed}


def test_the_base_kills_mutants_of_its_own_parts_only() -> None:
    found = judged(CLUSTERS.model, CLUSTERS.extended(FREEZE).model)
    assert found["create_cluster/negate-guard/account-frozen"]
    assert not found["create_cluster/drop-guard/account-frozen"]
    assert not any(killed for id, killed in found.items() if id.startswith("freeze/"))
    assert any(killed for id, killed in found.items() if "account-frozen" not in id)


def test_the_base_kills_no_mutant_that_differs_only_where_an_extension_has_acted() -> None:
    """Creating a cluster sets `seen`, so no cluster exists without it; in the base, one does."""
    rule = CLUSTERS.model.rule("delete_cluster")
    added = AddedGuard(("delete_cluster",), "last", Guard(TRUE, FROZEN, "C-1"))
    effect = AddedEffects("create_cluster", (seen.becomes(True, clause="C-1"),))
    composed = CLUSTERS.extended(
        Extension("watch", "clusters are seen", state=(seen,), guards=(added,), effects=(effect,))
    )
    whole = composed.model.rule(rule.action)
    changed = replace(whole, guards=(*whole.guards[:-1], replace(whole.guards[-1], condition=seen)))
    planted = Mutant("delete_cluster/planted", "change-guard", "planted", (), changed)
    scopes = [CLUSTERS.scope(*CLUSTERS.small_scopes[0])]
    assert MutationAnalysis(composed.model, scopes).result(planted).verdict == "equivalent"
    assert BaseJudge(CLUSTERS.model, composed.model, scopes)(planted) is None


@pytest.mark.slow
@pytest.mark.parametrize("extension", [extension.name for extension in EXTENSIONS])
def test_the_base_kills_no_mutant_that_is_proved_equivalent(extension: str) -> None:
    model = BACKUP.extended(extension).model
    judge, prove = BaseJudge(BACKUP.model, model, [scope(1, 2, 1)]), RuleEquivalence()
    changed = {rule.action for rule in model.rules if rule not in BACKUP.model.rules}
    for mutant in filter(judge, [m for m in mutants(model) if m.action in changed][::40]):
        assert not prove(model, model.rule(mutant.action), mutant.rule, {}), mutant.id


@pytest.mark.slow
@pytest.mark.parametrize(
    ("extension", "id", "verdict", "judge"),
    [
        ("vault-lock", "delete_backup_vault/move-guard/efs-vault-not-deletable/to-7", "killed", "base"),
        ("legal-hold", "delete_recovery_point/drop-guard/under-legal-hold", "killed", None),
        ("deleting", "delete_recovery_point/move-guard/no-recovery-points/to-4", "equivalent", None),
    ],
)
def test_a_mutant_is_killed_at_once_or_proved_equivalent(
    extension: str, id: str, verdict: str, judge: str | None
) -> None:
    model = BACKUP.extended(extension).model
    base = BaseJudge(BACKUP.model, model, [scope(1, 2, 1)])
    analysis = MutationAnalysis(model, [scope(1, 2, 1)], prove=RuleEquivalence(), base=base, first_only=True)
    result = analysis.result(next(m for m in mutants(model) if m.id == id))
    assert result.verdict == verdict
    assert len(result.kills) == (verdict == "killed")
    assert result.proved == (verdict == "equivalent")
    assert judge in (None, *(kill.judge for kill in result.kills))


@pytest.mark.slow
def test_the_command_stops_at_the_first_kill() -> None:
    chosen = ("--with", "default-vault-refilled", "--mutant", "open_vaults_page/drop-effect/vault", "--jobs", "1")
    document = call("mutate", *chosen, "--first-kill", "--json").document
    (row,) = document["matrix"]
    assert (row["verdict"], len(row["kills"])) == ("killed", 1)
    assert document["judges"][0] == "base"
