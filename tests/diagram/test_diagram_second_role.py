"""Diagrams of another lifecycle: one sort, no vaults, no listed participants."""

from __future__ import annotations

import json
from dataclasses import replace

from support.second_role import CLUSTERS, RULES

from backup_slr.advice.plan import full_account
from backup_slr.diagram.caption import nouns, scope_text
from backup_slr.diagram.formats import TEXT
from backup_slr.diagram.graph import Diagram
from backup_slr.diagram.quotient import quotient, reach
from backup_slr.diagram.views.counterexample import trace_diagram
from backup_slr.diagram.views.decision import decision_diagram
from backup_slr.diagram.views.dependencies import dependencies_diagram
from backup_slr.diagram.views.sequence import sequence_diagram
from backup_slr.diagram.views.state_diagram import lifecycle_diagram, reachable_diagram
from backup_slr.diagram.views.teardown import teardown_diagram
from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.exploration import Limits
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.trace import replay
from backup_slr.report.names import example_names
from backup_slr.report.trace_text import trace_documents

TOY = CLUSTERS.having(CLUSTERS.model.assuming())
SCOPE = TOY.scope(2, 1)
NAMES = example_names(TOY, SCOPE)


def ids(diagram: Diagram) -> list[tuple[str, str, str]]:
    for form, write in TEXT.items():
        assert write(diagram), form
    text = json.dumps([TEXT["json"](diagram), diagram.caption, diagram.title]).lower()
    assert not [word for word in ("vault", "region", "aws", "recovery", "point") if word in text]
    return [(e.source, e.target, e.kind) for e in diagram.edges]


def test_a_scope_uses_the_nouns_of_the_lifecycle() -> None:
    assert nouns(TOY) == {"zone": "zone", "nodes": "node"}
    assert scope_text(TOY, SCOPE) == "2 zones, up to 1 node"


def test_the_lifecycle_and_the_reachable_graph() -> None:
    found = quotient(reach(TOY, SCOPE, Limits()), TOY.abstractions[0])
    drawn = lifecycle_diagram(found, "role")
    assert ids(drawn) == [
        ("n-start", "n-missing", "start"),
        ("n-missing", "n-usable", "person"),
        ("n-usable", "n-missing", "person"),
    ]
    assert drawn.edges[2].lines == ("delete_role", "[unless clusters are left]")
    assert drawn.name == "lifecycle"
    assert ids(reachable_diagram(found))


def test_a_decision_and_the_dependencies() -> None:
    drawn = decision_diagram(TOY, RULES[-1])
    assert [n.lines[0] for n in drawn.nodes if n.kind != "condition"] == [
        "delete_role",
        "refused: forbidden",
        "refused: no-role",
        "refused: clusters-remain",
        "done",
    ]
    assert drawn.nodes[4].folded[-1].startswith("fix: nothing to do: there is no role")
    assert ("n-cluster", "n-role", "blocks") in ids(dependencies_diagram(TOY))


def test_a_sequence_has_a_lane_for_each_owner() -> None:
    asked = [Request("create_cluster", (1,)), Request("add_node", (1,)), Request("delete_role")]
    steps = trace_documents(replay(Machine(TOY.model, SCOPE), asked), NAMES)
    drawn = sequence_diagram(TOY, "sequence-toy", "A run", "", steps, "toy", [{"variable": "role", "value": "missing"}])
    assert [n.lines[0] for n in drawn.nodes] == ["operator", "the service", "IAM", "clusters"]
    assert drawn.nodes[2].folded == ("role missing",)
    assert [(e.source[2:], e.target[2:], e.lines) for e in drawn.edges] == [
        ("operator", "the-service", ("1. create_cluster south",)),
        ("the-service", "iam", ("role missing -> usable",)),
        ("the-service", "clusters", ("cluster none -> running",)),
        ("the-service", "clusters", ("2. add_node south", "nodes 0 -> 1")),
        ("operator", "the-service", ("3. delete_role",)),
        ("the-service", "operator", ("refused: clusters-remain (Conflict)",)),
    ]
    assert drawn.caption.endswith("3 steps, 2 of which change the account; 1 zone")
    assert ids(drawn)


def test_a_counterexample_and_the_teardown() -> None:
    judged = Checker(TOY.model, SCOPE).check(only=["role_can_go"]).results[0]
    assert judged.trace is not None
    drawn = trace_diagram(TOY, judged.property, True, judged.trace, NAMES, "")
    assert ids(drawn) == [("n-0", "n-1", "person"), ("n-1", "n-2", "person"), ("n-2", "n-3", "person")]
    plan = teardown_diagram(replace(full_account(CLUSTERS), assume={"nodes-block": "no"}))
    assert plan.title == "How to delete the role"
    assert [n.lines[0] for n in plan.nodes[1:]] == ["1. delete_cluster", "2. delete_role", "role missing"]
    assert ("n-delete-role", "n-delete-cluster", "refused") in ids(plan)
    assert "a full account: 1 zone" in plan.caption
