"""Diagrams of another lifecycle: four actions, one sort, no vaults, participants that nobody listed."""

from __future__ import annotations

import json
from typing import cast

from backup_slr.diagram.caption import nouns, scope_text
from backup_slr.diagram.formats import TEXT
from backup_slr.diagram.graph import Diagram
from backup_slr.diagram.quotient import quotient, reach
from backup_slr.diagram.views.counterexample import trace_diagram
from backup_slr.diagram.views.decision import decision_diagram
from backup_slr.diagram.views.dependencies import dependencies_diagram
from backup_slr.diagram.views.sequence import READABLE, sequence_diagram
from backup_slr.diagram.views.state_diagram import lifecycle_diagram, reachable_diagram
from backup_slr.diagram.views.teardown import teardown_diagram
from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.exploration import Limits
from backup_slr.engine.core.formula import Every, Not, Param, Sort
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Property, Refusal, Rule
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.trace import changes
from backup_slr.engine.core.variable import Enum, Flag
from backup_slr.engine.spec.lifecycle import Abstraction, Goal, Lifecycle, Participant, ScopeOption
from backup_slr.report.names import Names

CLUSTER = Sort("cluster", label="Cluster")
c = Param("c", CLUSTER)
role = Enum(
    "badge",
    ("none", "issued", "revoked"),
    reads=("there is no badge", "the badge is issued", "the badge is being revoked"),
    reads_not=("there is a badge", "the badge is not issued", "the badge is not being revoked"),
    owner="the desk",
)
node = Flag(
    "node",
    per=(CLUSTER,),
    reads=("a node runs", "no node runs"),
    words=("never seen", "running", "stopped"),
    label="worker node",
    owner="the cluster",
)
ISSUED = Refusal("badge-issued", "the badge is there already", "Conflict")
NO_BADGE = Refusal("no-badge", "there is no badge", "NotFound", absent=True)
RUNNING = Refusal("nodes-run", "nodes still run", "InUse")
NO_NODE = Refusal("no-node", "no node runs there", None, absent=True)
IS_ISSUED = role.is_("issued")
RULES = (
    Rule(
        "issue_badge",
        "issue the badge",
        "person",
        ("desk:Issue",),
        ("C-1",),
        guards=(Guard(role.is_("none"), ISSUED, "C-1"),),
        effects=(role.becomes("issued", clause="C-1"),),
    ),
    Rule(
        "start_node",
        "start a node",
        "person",
        ("toy:Start",),
        ("C-2",),
        place=(c,),
        guards=(Guard(IS_ISSUED, NO_BADGE, "C-2"),),
        effects=(node[c].becomes(True, clause="C-2"),),
    ),
    Rule(
        "stop_node",
        "stop a node",
        "person",
        ("toy:Stop",),
        ("C-2",),
        place=(c,),
        guards=(Guard(node[c], NO_NODE, "C-2"),),
        effects=(node[c].becomes(False, clause="C-2"),),
    ),
    Rule(
        "revoke_badge",
        "revoke the badge",
        "person",
        ("desk:Revoke",),
        ("C-3",),
        guards=(Guard(IS_ISSUED, NO_BADGE, "C-3"), Guard(Every((c,), Not(node[c])), RUNNING, "C-3")),
        effects=(role.becomes("none", clause="C-3"),),
    ),
)
NEVER = Property("always", "never_issued", "No badge is ever issued.", Not(IS_ISSUED), ("C-1",))
TOY = Lifecycle(
    Model("Badge", (CLUSTER,), (role, node), RULES, (NEVER,), ()),
    place=(c,),
    scope_options=(ScopeOption("clusters", "cluster", "Cluster", "Clusters"),),
    small_scopes=((1,),),
    element_names={"cluster": ("alpha", "beta")},
    goal=Goal(role, there="issued", pending="revoked", gone="none"),
    abstractions=(Abstraction("badge", "the badge alone", ((("none", role.is_("none")), ("issued", IS_ISSUED)),)),),
    participants=(Participant("the desk", "keeps badges", ("desk:",)), Participant("Toy", "the service", service=True)),
)
SCOPE = TOY.scope(2)


class Clusters:
    """The names of the places of this lifecycle, in the shape of `Names`."""

    @staticmethod
    def parts(place: tuple[int, ...]) -> tuple[str, ...]:
        return tuple(("alpha", "beta")[number] for number in place)

    def place(self, place: tuple[int, ...]) -> str:
        return "/".join(self.parts(place))


def ids(diagram: Diagram) -> list[tuple[str, str, str]]:
    for form, write in TEXT.items():
        assert write(diagram), form
    text = json.dumps([TEXT["json"](diagram), diagram.caption, diagram.title]).lower()
    assert not [word for word in ("vault", "region", "iam", "aws", "recovery") if word in text]
    return [(e.source, e.target, e.kind) for e in diagram.edges]


def test_a_scope_is_told_in_the_nouns_of_the_lifecycle() -> None:
    assert nouns(TOY) == {"cluster": "Cluster"}
    assert scope_text(TOY, SCOPE) == "2 Clusters"


def test_the_lifecycle_and_the_reachable_graph() -> None:
    found = quotient(reach(TOY, SCOPE, Limits()), TOY.abstractions[0])
    drawn = lifecycle_diagram(found, "badge")
    assert ids(drawn) == [
        ("n-start", "n-none", "start"),
        ("n-none", "n-issued", "person"),
        ("n-issued", "n-none", "person"),
    ]
    assert drawn.edges[2].lines == ("revoke_badge", "[unless nodes still run]")
    assert drawn.name == "lifecycle"
    assert ids(reachable_diagram(found))


def test_a_decision_and_the_dependencies() -> None:
    drawn = decision_diagram(TOY, RULES[3])
    # A question about all places names their sort in the words of `report.english`.
    assert [n.lines[0] for n in drawn.nodes if n.kind != "condition"] == [
        "revoke_badge",
        "refused: no-badge",
        "refused: nodes-run",
        "done",
    ]
    assert drawn.nodes[2].folded[-1].startswith("past it: issue_badge")
    assert ("n-node", "n-badge", "blocks") in ids(dependencies_diagram(TOY))


def test_a_sequence_has_a_lane_for_each_owner() -> None:
    machine = Machine(TOY.model, SCOPE)
    state, steps = machine.initial, []
    for request in (Request("issue_badge"), Request("start_node", (1,)), Request("revoke_badge")):
        step = machine.step(state, request)
        place = {"cluster": "beta"} if request.place else {}
        changed = [
            {
                "variable": change.variable.name,
                **place,
                "before": role.values[change.before] if change.variable.name == "badge" else bool(change.before),
                "after": role.values[change.after] if change.variable.name == "badge" else bool(change.after),
            }
            for change in changes(machine.layout, state, step.state)
        ]
        because = {"because": step.guard.otherwise.id, "error_code": "InUse"} if step.guard else {}
        steps.append({"do": request.action, **place, "outcome": step.outcome, "changed": changed, **because})
        state = step.state
    drawn = sequence_diagram(TOY, "sequence-toy", "A run", "", steps, "toy", [{"variable": "badge", "value": "none"}])
    assert [n.lines[0] for n in drawn.nodes] == ["operator", "the desk", "Toy", "the cluster"]
    assert drawn.nodes[1].folded == ("badge none",)
    assert [(e.source[2:], e.target[2:], e.lines) for e in drawn.edges] == [
        ("operator", "the-desk", ("issue_badge",)),
        ("the-desk", "operator", ("done", "badge none -> issued")),
        ("operator", "toy", ("start_node beta",)),
        ("toy", "the-cluster", ("worker node never seen -> running",)),
        ("operator", "the-desk", ("revoke_badge",)),
        ("the-desk", "operator", ("refused: nodes-run (InUse)",)),
    ]
    assert drawn.caption.endswith("3 steps, 2 of which change the account; 1 Cluster named")
    assert len(ids(drawn)) < READABLE


def test_a_counterexample_and_the_teardown() -> None:
    judged = Checker(TOY.model, SCOPE).check(only=[NEVER.id]).results[0]
    assert judged.trace is not None
    drawn = trace_diagram(TOY, judged.property, True, judged.trace, cast("Names", Clusters()), "")
    assert ids(drawn) == [("n-0", "n-1", "person")]
    plan = teardown_diagram(TOY, SCOPE)
    assert plan.title == "Deleting the badge"
    assert [n.lines[0] for n in plan.nodes[1:]] == ["stop_node", "revoke_badge", "badge none"]
    assert ("n-revoke-badge", "n-stop-node", "refused") in ids(plan)
    assert "scope 1 Cluster" in plan.caption
