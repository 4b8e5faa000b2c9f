"""Every question works for another role without a change of the package."""

from __future__ import annotations

import pytest
from support.second_role import CLUSTERS

import backup_slr as slr
from backup_slr.engine.export.promela import promela
from backup_slr.engine.export.tla import tla
from backup_slr.engine.mutation.kills import MutationAnalysis
from backup_slr.engine.mutation.mutants import mutants
from backup_slr.scenario.player import play
from backup_slr.scenario.scenario_file import parse

MODEL = slr.load(lifecycle=CLUSTERS)
SCENARIO = """
title = "A cluster keeps its role"
clauses = ["C-3"]
story = "The role is deleted once no cluster is left."
[account]
role = "missing"
[[step]]
do = "create_cluster"
zone = "north"
expect = "done"
[[step]]
do = "delete_role"
expect = "refused"
because = "clusters-remain"
[[step]]
do = "delete_cluster"
zone = "north"
[[step]]
do = "delete_role"
expect = "done"
[finally]
role = "missing"
"""


def test_it_is_checked_and_its_properties_are_proved() -> None:
    checked = MODEL.check()
    assert (checked.verdict, checked.complete) == ("holds", True)
    assert "2 zones" in str(checked)
    pytest.importorskip("z3")
    assert {p.id: p.verdict for p in MODEL.prove().properties if p.verdict != "proved"} == {}


def test_an_account_of_it_answers_requests() -> None:
    account = MODEL.account(role="usable", zones={"north": {"cluster": True, "nodes": 2}})
    assert [reason.refusal.id for reason in account.request("delete_cluster", "north").reasons] == ["cluster-has-nodes"]
    with pytest.raises(slr.BadInput, match="zones, nodes"):
        MODEL.check(regions=1)


def test_a_missing_guard_is_detected_by_every_question() -> None:
    broken = slr.load(lifecycle=CLUSTERS, without=["delete_role/clusters-remain"])
    (violation,) = broken.check("clusters_have_a_role").violations
    assert violation.trace is not None
    assert [step.action for step in violation.trace] == ["create_cluster", "delete_role"]
    assert MODEL.diff(broken).actions == ("delete_role",)
    assert broken.witness("role == missing and any(cluster)", zones=1).verdict == "reached"
    assert MODEL.witness("role == missing and any(cluster)", zones=1).verdict == "unreachable"


def test_its_mutants_are_killed() -> None:
    analysis = MutationAnalysis(CLUSTERS.model, [CLUSTERS.scope(*numbers) for numbers in CLUSTERS.small_scopes])
    verdicts = {m.id: analysis.result(m).verdict for m in mutants(CLUSTERS.model) if m.action == "delete_role"}
    assert "killed" in verdicts.values()
    assert verdicts["delete_role/drop-guard/clusters-remain"] == "killed"


def test_it_is_exported_explained_and_drawn() -> None:
    assert "CREATE_CLUSTER" in "\n".join(promela(MODEL.model, CLUSTERS.scope()))
    assert "create_cluster" in "\n".join(tla(MODEL.model, "Clusters"))
    assert "some zone has a cluster" in str(MODEL.explain("delete_role"))
    assert "usable" in MODEL.diagram("lifecycle").mermaid
    assert "clusters-remain" in MODEL.diagram("decision", "delete_role", labels="id").mermaid
    assert "clusters are left" in MODEL.diagram("decision", "delete_role").mermaid


def test_a_scenario_of_it_runs() -> None:
    run = play(parse(SCENARIO, "toy.toml", CLUSTERS))
    assert run.passed, [step for step in run.steps if not step.as_expected]
