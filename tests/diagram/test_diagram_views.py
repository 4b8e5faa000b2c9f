"""The views show the behavior of the model, checked by stepping through it one request at a time."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pytest
from support.walked import MACHINE, MODEL, SCOPE, cell, obstacle, taken

from backup_slr.diagram.graph import Diagram, Edge
from backup_slr.diagram.quotient import Quotient, quotient, reach
from backup_slr.diagram.views.counterexample import trace_diagram
from backup_slr.diagram.views.decision import decision_diagram
from backup_slr.diagram.views.dependencies import dependencies_diagram
from backup_slr.diagram.views.state_diagram import lifecycle_diagram, reachable_diagram
from backup_slr.engine.check.checker import Checker
from backup_slr.engine.check.exploration import Limits
from backup_slr.engine.core.formula import FALSE
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.scope import Scope, State
from backup_slr.engine.core.trace import Trace
from backup_slr.engine.core.variable import Enum
from backup_slr.engine.spec.abstraction import abstraction
from backup_slr.lifecycle import BACKUP, lifecycle, scope
from backup_slr.lifecycle.abstractions import ABSTRACTIONS
from backup_slr.lifecycle.vocabulary import SERVICE_USING_ROLE, collides
from backup_slr.report.english import question
from backup_slr.report.explain import task_of
from backup_slr.report.names import example_names

TABLE = BACKUP.having(MODEL)


@cache
def classified(name: str) -> Quotient:
    return quotient(reach(TABLE, SCOPE, Limits()), abstraction(name, BACKUP))


# ---------------------------------------------------------------- lifecycle and reachable (see also `fuzz.pictures`)


@pytest.mark.parametrize("name", ["role", "obstacles"])
def test_the_lifecycle_is_small_and_each_arrow_names_request_condition_and_clause(name: str) -> None:
    drawn = lifecycle_diagram(classified(name))
    assert 4 <= len(drawn.edges) <= 20
    for edge in drawn.edges[1:]:
        assert edge.events
        assert edge.clauses
        assert edge.lines
        assert edge.reach in ("some", "all")
        assert set(edge.events) <= {rule.action for rule in MODEL.rules}
        assert all(any(line.startswith(event) for line in edge.lines) for event in edge.events)
        told = " ".join(edge.lines)
        for line in edge.tooltip.split("\n"):
            inside = line.split(" [")[1].split("]")[0] if " [" in line else ""
            if edge.kind != "failed":
                assert all(condition in told for condition in inside.split("; ")), (edge.id, inside)
        assert "…" not in " ".join(edge.shown)
        assert "unless the console" not in told


@pytest.mark.slow
def test_an_arrow_is_from_all_states_if_each_of_its_requests_is_possible_in_each_of_them() -> None:
    drawn = lifecycle_diagram(classified("obstacles"))
    called = {n.id: n.lines[0] for n in drawn.nodes}
    reaches = set()
    for edge in drawn.edges[1:]:
        here, there = called[edge.source], called[edge.target]
        sources = [s for s in taken() if obstacle(s) == (here,)]
        able: dict[tuple[str, str | None], set[State]] = {}
        for state in sources:
            for request, step in taken()[state]:
                alike = request.action in edge.events and (step.outcome == "failed") == (edge.kind == "failed")
                if alike and obstacle(step.state) == (there,):
                    way = request.action, step.guard.otherwise.id if step.guard else None
                    able.setdefault(way, set()).add(state)
        assert {action for action, _ in able} == set(edge.events)
        assert (edge.reach == "all") == all(len(states) == len(sources) for states in able.values()), edge.id
        reaches.add((edge.reach, len(edge.events)))
    assert ("some", 5) in reaches, "five requests, of which one is possible in all states and four are not"


def test_a_guard_is_a_condition_where_some_states_do_not_pass_it() -> None:
    drawn = {e.id: e for e in lifecycle_diagram(classified("obstacles")).edges}
    edge = drawn["e-present-empty-vaults-remain--present-nothing-blocks-person"]
    assert edge.condition.split("; ") == [
        "the vault exists",
        "the vault is not Default, or the request does not come from the console",
    ]
    both = drawn["e-present-nothing-blocks--present-empty-vaults-remain-person"]
    assert both.condition == ""
    assert both.lines == (
        "list_resources",
        "perform_efs_automatic_backup",
        "create_backup_vault",
        "[the vault is not",
        "aws/efs/automatic-backup-vault]",
    )


def test_failures_that_stay_are_folded_and_their_guards_are_conditions_of_the_success() -> None:
    found = quotient(reach(TABLE, SCOPE, Limits()), abstraction("role == absent", BACKUP))
    drawn = lifecycle_diagram(found)
    there = next(n for n in drawn.nodes if n.lines[0] == "not (role == absent)")
    assert {"fails, resources-remain: finish_deletion_task", "fails, service-using-role: finish_deletion_task"} <= set(
        there.folded
    )
    away = next(e for e in drawn.edges if e.events == ("finish_deletion_task",))
    assert away.condition.split("; ") == [
        "the role is being deleted",
        "unless vaults or recovery points remain",
        "unless AWS Backup is using the role",
    ]


def test_all_refusals_of_a_class_are_folded_into_its_node() -> None:
    found = classified("role")
    for node, (words, refused) in zip(lifecycle_diagram(found).nodes[1:], found.refused.items(), strict=True):
        folded = {line.split(": ")[0]: line.split(": ")[1].split(", ") for line in node.folded}
        told = {(action, refusal) for refusal, actions in folded.items() for action in actions if refusal != "stays"}
        assert told == {(action, refusal) for action, _, refusal in refused}, words
        assert {"not-permitted", "policy-not-attachable"} <= set(folded)


@pytest.mark.parametrize("known", ABSTRACTIONS, ids=lambda a: a.name)
def test_every_named_abstraction_gives_a_picture_of_at_most_thirty_nodes(known: object) -> None:
    assert isinstance(known, type(ABSTRACTIONS[0]))
    found = classified(known.name)
    drawn = reachable_diagram(found)
    assert len(drawn.nodes) <= 31
    assert sum(found.classes.values()) == len(taken())
    assert f"scope 1 Region, 3 vaults in each, up to 1 point; {len(taken()):,} states" in drawn.caption
    assert drawn.numbers["states"] == len(taken())
    assert sum(len(drawn.members(c.id)) for c in drawn.clusters) in (0, len(found.classes))


@pytest.mark.slow
def test_labels_of_failures_in_the_reachable_graph_are_narrow_and_count_whole_ways() -> None:
    drawn = reachable_diagram(classified(BACKUP.abstractions[-1].name), labels="english")
    for edge in drawn.edges:
        counted = [line for line in edge.shown if line.endswith(" more")]
        assert counted == ([f"+{len(edge.lines) - 1} more"] if len(edge.lines) > 1 else [])
        first = edge.shown[: edge.shown.index(counted[0])] if counted else edge.shown[:-1] if edge.small else edge.shown
        assert " ".join(first) == edge.lines[0] if edge.lines else not first
        assert edge.kind != "failed" or all(len(line) <= 26 for line in first)


def test_an_abstraction_of_expressions_distinguishes_their_values() -> None:
    found = quotient(reach(TABLE, SCOPE, Limits()), abstraction("role, any(points > 0 and job)", BACKUP))
    busy = {s for s in taken() if any(cell(s, "points", (0, v)) and cell(s, "job", (0, v)) for v in range(3))}
    assert sum(n for words, n in found.classes.items() if words[1] == "any(points > 0 and job)") == len(busy)


# ---------------------------------------------------------------- dependencies, decisions


def holds(edge: Edge, name: str, state: State, place: tuple[int, ...]) -> bool:
    """Whether the condition of an arrow holds: the resource exists (here or anywhere), or has the required state."""
    variable = next(v for v in MODEL.state if v.name == name)
    if edge.condition:
        assert isinstance(variable, Enum)
        return cell(state, name) == variable.reads.index(edge.condition.removeprefix("while "))
    if edge.kind == "needs":
        return bool(cell(state, name, place[: len(variable.per)]))
    # A job blocks every vault; recovery points block their own vault.
    near = place and not (name == "job" and edge.kind == "might")
    return any(cell(state, name, p) for p in ([place] if near else [(0, v) for v in range(3)]))


@pytest.mark.slow
def test_blocks_always_might_sometimes_and_needs_always() -> None:
    drawn = dependencies_diagram(TABLE)
    kinds = set()
    for edge in drawn.edges:
        kinds.add((edge.kind, bool(edge.condition)))
        thing = (edge.target if edge.kind == "needs" else edge.source)[2:]
        ends = [
            step.outcome
            for state, steps in taken().items()
            for request, step in steps
            if request.action in edge.events
            and holds(edge, thing, state, request.place) != (edge.kind == "needs")
            and request.inputs.get("permitted", 1)
        ]
        assert ends
        assert ("done" in ends) == (edge.kind == "might"), edge.id
        assert set(ends) - {"done"}, edge.id
    assert kinds == {("blocks", False), ("blocks", True), ("might", False), ("needs", False)}


def test_the_arrows_between_resources() -> None:
    drawn = dependencies_diagram(TABLE)
    joined = {(e.source[2:], e.target[2:], e.kind) for e in drawn.edges}
    assert joined == {
        ("points", "vault", "needs"),
        ("job", "points", "might"),
        ("points", "vault", "blocks"),
        ("job", "vault", "might"),
        ("description", "role", "needs"),
        ("role", "description", "blocks"),
        ("job", "role", "needs"),
        ("role", "job", "blocks"),
        ("job", "vault", "needs"),
        ("points", "role", "blocks"),
        ("vault", "role", "blocks"),
        ("job", "role", "blocks"),
    }
    assert {n.cluster for n in drawn.nodes} == {"per-0", "per-1", "per-2"}
    assert [n.lines for n in drawn.nodes if n.id == "n-points"] == [("recovery points", "in each vault")]


def test_without_a_guard_its_arrow_is_missing() -> None:
    broken = MODEL.without([("delete_backup_vault", "vault-has-recovery-points")])
    usual, less = ({e.id for e in dependencies_diagram(BACKUP.having(m)).edges} for m in (MODEL, broken))
    assert usual - less == {"e-points--vault-blocks"}


@pytest.mark.parametrize("rule", MODEL.rules, ids=lambda r: r.action)
def test_a_decision_tree_has_a_leaf_for_each_way_to_end_and_asks_in_the_order_of_the_guards(rule: Rule) -> None:
    drawn = decision_diagram(TABLE, rule)
    task = task_of(TABLE, rule)
    leaves = [n for n in drawn.nodes if not any(e.source == n.id for e in drawn.edges)]
    ends = {("done", None) if n.kind == "done" else (n.kind, n.lines[0].split(": ")[1]) for n in leaves}
    assert ends == {*rule.outcomes(), *(task.outcomes() if task else ())}
    questions = [n for n in drawn.nodes if n.id.startswith("n-guard-")]
    guards = (*rule.guards, *(task.guards if task else ()))
    assert [n.clauses for n in questions] == [(g.clause,) for g in guards[: len(questions)]]
    assert all(" ".join(n.lines).endswith("?") and " no " not in " ".join(n.lines) for n in questions)
    for number, node in enumerate(questions, 1):
        answers = {e.target == f"n-refusal-{number}": e.condition for e in drawn.edges if e.source == node.id}
        holds = question(guards[number - 1].condition)[1]
        assert answers == {True: "no" if holds else "yes", False: "yes" if holds else "no"}
    assert all(e.condition in ("", "yes", "no") for e in drawn.edges)
    assert "every scope" in drawn.caption
    assert not [n.id for n in drawn.nodes if "…" in " ".join((*n.shown, *n.shown_folded))], "nothing is cut"
    assert drawn.nodes[0].kind == ("action" if rule.by == "person" else "work")
    if not any(g.condition == FALSE for g in rule.guards):
        done = next(n for n in drawn.nodes if n.kind == "done")
        told, last = " ".join(done.folded), task or rule
        assert all(e.clause in told for e in last.effects)
        assert done.clauses == (tuple(dict.fromkeys(e.clause for e in last.effects)) or last.clauses)


def test_effects_that_do_the_same_under_opposite_conditions_are_one_line_with_both_clauses() -> None:
    drawn = decision_diagram(TABLE, MODEL.rule("delete_backup_vault"))
    *visit, last = drawn.nodes[-1].folded
    assert " ".join(visit) == (
        "Default in the Region: exists, if the request comes from the console "
        "[ASSUME-CONSOLE-VISIT-RECREATES-DEFAULT-VAULT]"
    )
    assert last == "the vault: deleted [CLEAN-2 CLEAN-6]"


@pytest.mark.slow
@pytest.mark.parametrize("rule", MODEL.rules, ids=lambda r: r.action)
def test_an_action_that_a_decision_tree_names_as_a_fix_gets_past_the_refusal_somewhere(rule: Rule) -> None:
    actions = {r.action for r in MODEL.rules}
    drawn = decision_diagram(TABLE, rule)
    for node in (n for n in drawn.nodes if n.kind == "refused"):
        guard = rule.guards[int(node.id.removeprefix("n-refusal-")) - 1]
        told = " ".join(node.folded).partition("fix: ")[2]
        assert told
        assert (told == "none: this action never succeeds") == any(g.condition == FALSE for g in rule.guards)
        stopped = {
            state: [request for request, end in steps if request.action == rule.action and end.guard == guard]
            for state, steps in taken().items()
        }
        named = set(re.findall(r"\w+", told)) & actions
        for action in named:
            behind = (
                (request, step.state)
                for state, requests in stopped.items()
                for request in requests
                for r, step in taken()[state]
                if r.action == action and step.outcome != "refused"
            )
            assert any(MACHINE.step(state, request).guard != guard for request, state in behind), (node.id, action)


# ---------------------------------------------------------------- counterexamples


def traced(model: Model, name: str, size: Scope = SCOPE) -> tuple[Trace, Diagram]:
    """The trace that shows that a property is violated, and its picture."""
    judged = Checker(model, size).check(only=[name]).results[0]
    assert judged.trace is not None
    names = example_names(BACKUP, size)
    return judged.trace, trace_diagram(BACKUP.having(model), judged.property, True, judged.trace, names, "")


def test_a_counterexample_ends_where_the_property_is_violated() -> None:
    broken = MODEL.without([("delete_backup_vault", "vault-has-recovery-points")])
    trace, drawn = traced(broken, "recovery_points_lie_in_vaults")
    assert [n.kind for n in drawn.nodes[:-1]] == ["moment"] * len(trace.steps)
    assert drawn.nodes[-1].kind == "bad"
    assert [e.order for e in drawn.edges] == list(range(1, len(trace.steps) + 1))
    assert drawn.name == "counterexample-recovery-points-lie-in-vaults"
    assert drawn.nodes[0].lines == ("at the start", "role: absent")
    place = "us-east-1/Default"
    assert drawn.nodes[3].lines == (
        "after step 3",
        f"recovery points {place}: 0 -> 1",
        f"job {place}: running -> ended",
    )
    assert drawn.nodes[3].folded == ("role: present", f"vault {place}")
    assert drawn.nodes[-1].lines[-1] == "the property is violated here"
    assert [e.lines[0] for e in drawn.edges] == [
        "1. list_resources via=console",
        f"2. start_job {place}",
        f"3. finish_job {place}",
        f"4. delete_backup_vault {place}",
    ]
    assert [e.clauses for e in drawn.edges][-1] == ("CLEAN-6",)


def test_one_step_is_singular_and_long_names_of_properties_stay_different() -> None:
    drawn = traced(lifecycle().assuming({"efs-vault": "never"}), "role_deletable_from_everywhere")[1]
    assert "1 step from" in drawn.description
    assert drawn.name == "counterexample-role-deletable-from-everywhere"


def test_a_loop_returns_to_its_first_state() -> None:
    model = lifecycle().assuming({"default-vault": "needs-another-vault"})
    trace, drawn = traced(model, "cleanup_ends_without_role", scope(1, 2, 1))
    assert trace.loop_from is not None
    assert drawn.edges[-1].target == f"n-{trace.loop_from}"
    assert all((e.kind == "loop") == (e.order > trace.loop_from) for e in drawn.edges)
    assert len(drawn.nodes) == len(trace.steps)


def test_a_step_that_changes_nothing_says_so_where_other_steps_have_their_changes() -> None:
    model = lifecycle().assuming({"default-vault": "needs-another-vault"})
    trace, drawn = traced(model, "cli_and_api_delete_empty_default_vault", scope(1, 2, 1))
    idle = [n for n, step in enumerate(trace.steps, 1) if step.before == step.after]
    assert idle
    for number in idle:
        assert drawn.nodes[number].lines[:2] == (f"after step {number}", "nothing changes")
        assert drawn.nodes[number].folded


# ---------------------------------------------------------------- changed rules and assumptions


def test_side_effects_of_an_action_have_no_arrow() -> None:
    visit = {"console-visit-recreates-default-vault": "yes", "default-vault": "needs-another-vault"}
    picture = dependencies_diagram(BACKUP.having(lifecycle().assuming(visit)))
    told = "\n".join(e.tooltip for e in picture.edges)
    assert "delete_backup_vault (deletes vault)" in told
    assert "delete_backup_vault (creates or sets vault)" not in told
    assert "delete_recovery_point (deletes recovery points)" in told
    another = [e for e in picture.edges if "default-vault-needs-another-vault" in " ".join(e.lines)]
    assert [(e.source, e.target, e.kind) for e in another] == [("n-vault", "n-vault", "needs")]
    assert not [e for e in dependencies_diagram(TABLE).edges if e.source == e.target]


def test_a_failure_that_leads_where_a_success_leads_has_its_arrow() -> None:
    table = lifecycle().assuming()
    task = table.rule("finish_deletion_task")
    might = Guard(~collides, SERVICE_USING_ROLE, "DELETE-1", fails=True)
    same = replace(
        task, inputs=(collides,), guards=(task.guards[0], might), effects=task.on_failure, on_failure=task.on_failure
    )
    rules = tuple(same if rule.action == same.action else rule for rule in table.rules)
    reached = reach(BACKUP.having(replace(table, rules=rules)), scope(1, 2, 1), Limits())
    found = quotient(reached, abstraction("role", BACKUP))
    ends = {(a.way[1], a.source, a.target) for a in found.arrows if a.way[0] == same.action}
    assert {end for end, *_ in ends} == {"done", "failed"}
    assert {e.kind for e in lifecycle_diagram(found).edges if same.action in e.events} == {"service", "failed"}


def test_an_arrow_names_a_state_only_if_that_state_blocks() -> None:
    model = BACKUP.extended("vault-lock")
    for brief in (True, False):
        edges = dependencies_diagram(model, labels="english", brief=brief).edges
        assert [e.id for e in edges if any("not locked" in line for line in (*e.lines, e.condition))] == []
    edges = dependencies_diagram(model).edges
    assert {e.condition for e in edges if e.id.startswith("e-lock--points")} == {""}
    assert {e.condition for e in edges if e.id.startswith("e-role--job-blocks")} == {"while the role is being deleted"}


def test_arrows_to_the_role_in_a_picture_have_different_labels() -> None:
    edges = dependencies_diagram(TABLE, labels="english", brief=True).edges
    labels = [" ".join(e.lines) for e in edges if e.target == "n-role"]
    assert sorted(labels) == [
        "AWS Backup is using the role",
        "some vault exists in some Region",
        "some vault holds recovery points in some Region",
    ]


def test_an_interrupted_exploration_ends_at_once_without_steps() -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    found = reach(TABLE, SCOPE, Limits(), interrupt)
    assert found.explored.stopped == "interrupted"
    assert found.steps == []
