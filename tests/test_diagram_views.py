"""The views: that what they show is what the model does, seen by stepping through it one request at a time."""

from __future__ import annotations

from functools import cache
from itertools import product

import pytest

from backup_slr.check.explore import Limits
from backup_slr.check.judge import Judge
from backup_slr.core.rule import Rule
from backup_slr.core.scope import State
from backup_slr.core.step import Machine, Request, Step
from backup_slr.core.variable import Enum
from backup_slr.diagram.quotient import Quotient, quotient, reach
from backup_slr.diagram.views.counterexample import trace_diagram
from backup_slr.diagram.views.decision import decision_diagram
from backup_slr.diagram.views.dependencies import dependencies_diagram
from backup_slr.diagram.views.lifecycle import lifecycle_diagram, reachable_diagram
from backup_slr.diagram.views.teardown import teardown_diagram
from backup_slr.lifecycle import lifecycle, scope
from backup_slr.lifecycle.abstraction import ABSTRACTIONS, abstraction
from backup_slr.lifecycle.vocabulary import role
from backup_slr.report.names import usual_names

MODEL = lifecycle().assuming()
SCOPE = scope(regions=1, vaults=3, points=1)
MACHINE = Machine(MODEL, SCOPE)
VIAS = ("console", "cli", "api")
VAULTS = ("Default", "aws/efs/automatic-backup-vault", "vault-1")


def requests(rule: Rule) -> list[Request]:
    """Every request of an action, with every place and every input."""
    places = list(product(*(range(SCOPE.size(p.sort)) for p in rule.place)))
    values = [range(len(i.values) if isinstance(i, Enum) else 2) for i in rule.inputs]
    names = [i.name for i in rule.inputs]
    return [Request(rule.action, p, dict(zip(names, v, strict=True))) for p in places for v in product(*values)]


@cache
def taken() -> dict[State, list[tuple[Request, Step]]]:
    """Every reachable state with every request and what becomes of it."""
    every = [request for rule in MODEL.rules for request in requests(rule)]
    found: dict[State, list[tuple[Request, Step]]] = {}
    todo = [MACHINE.initial]
    while todo:
        state = todo.pop()
        if state not in found:
            found[state] = [(request, MACHINE.step(state, request)) for request in every]
            todo += [step.state for _, step in found[state] if step.state not in found]
    return found


def cell(state: State, name: str, place: tuple[int, ...] = ()) -> int:
    return state[MACHINE.layout.cell(name, place)]


def obstacle(state: State) -> tuple[str, ...]:
    """What the abstraction of that name tells apart, said once more in plain Python."""
    value = ("absent", "present", "being deleted")[cell(state, "role")]
    if value != "present":
        return (value,)
    if any(cell(state, "job", (0, v)) for v in range(3)):
        return ("present, in use",)
    left = any(cell(state, "vault", (0, v)) for v in range(3))
    return ("present, vaults left" if left else "present, nothing in the way",)


@cache
def classified(name: str) -> Quotient:
    return quotient(reach(MODEL, SCOPE, Limits()), abstraction(name))


# ---------------------------------------------------------------- lifecycle and reachable


def test_the_quotient_is_that_of_stepping_through_every_state() -> None:
    found = classified("obstacles")
    sizes: dict[tuple[str, ...], int] = {}
    arrows: dict[tuple[object, ...], set[State]] = {}
    refused: dict[tuple[object, ...], set[State]] = {}
    for state, steps in taken().items():
        here = obstacle(state)
        sizes[here] = sizes.get(here, 0) + 1
        for request, step in steps:
            way = (request.action, step.outcome, step.guard.otherwise.id if step.guard else None)
            if step.outcome == "refused":
                refused.setdefault((here, way), set()).add(state)
            elif obstacle(step.state) != here:
                arrows.setdefault((here, obstacle(step.state), way), set()).add(state)
    assert found.classes == sizes
    assert {(a.source, a.target, a.way): len(a.states) for a in found.arrows} == {k: len(v) for k, v in arrows.items()}
    counted = {(c, way): n for c, ways in found.refused.items() for way, n in ways.items()}
    assert counted == {key: len(states) for key, states in refused.items()}


def test_what_stays_in_a_class_is_done_there_and_leads_out_of_no_state_that_is_counted() -> None:
    found = classified("obstacles")
    for words, ways in found.stays.items():
        for (action, outcome, _), number in ways.items():
            states = [
                state
                for state, steps in taken().items()
                if obstacle(state) == words
                and any(r.action == action and s.outcome == outcome for r, s in steps)
                and all(obstacle(s.state) == words for r, s in steps if r.action == action and s.outcome == outcome)
            ]
            assert len(states) == number, (words, action)


@pytest.mark.parametrize("name", ["role", "obstacles"])
def test_the_lifecycle_is_small_and_each_arrow_names_request_and_clause(name: str) -> None:
    drawn = lifecycle_diagram(classified(name))
    assert 4 <= len(drawn.edges) <= 15
    for edge in drawn.edges[1:]:
        assert edge.events
        assert edge.clauses
        assert edge.lines
        assert edge.reach in ("some", "all")
        assert set(edge.events) <= {rule.action for rule in MODEL.rules}
    single = [e for e in drawn.edges[1:] if len(e.events) == 1 and len(e.tooltip.split("\n")) == 1]
    assert all(e.condition for e in single if e.events != ("create_backup_vault",))


def test_an_arrow_from_all_states_is_possible_in_each_of_them() -> None:
    drawn = lifecycle_diagram(classified("obstacles"))
    called = {n.id: n.lines[0] for n in drawn.nodes}
    for edge in drawn.edges[1:]:
        here, there = called[edge.source], called[edge.target]
        sources = [s for s in taken() if obstacle(s) == (here,)]
        by = {MODEL.rule(e).by for e in edge.events}
        able = [
            s
            for s in sources
            if any(
                obstacle(step.state) == (there,)
                and MODEL.rule(r.action).by in by
                and (step.outcome == "failed") == (edge.kind == "failed")
                for r, step in taken()[s]
            )
        ]
        assert (edge.reach == "all") == (len(able) == len(sources)), edge.id
        assert able


@pytest.mark.parametrize("known", ABSTRACTIONS, ids=lambda a: a.name)
def test_every_named_abstraction_gives_a_picture_of_at_most_thirty_nodes(known: object) -> None:
    assert isinstance(known, type(ABSTRACTIONS[0]))
    found = classified(known.name)
    drawn = reachable_diagram(found)
    assert len(drawn.nodes) <= 31
    assert sum(found.classes.values()) == len(taken())
    assert sum(len(drawn.members(c.id)) for c in drawn.clusters) in (0, len(found.classes))


def test_an_abstraction_of_expressions_tells_apart_what_they_say() -> None:
    found = quotient(reach(MODEL, SCOPE, Limits()), abstraction("role, any(points > 0 and job)"))
    busy = {s for s in taken() if any(cell(s, "points", (0, v)) and cell(s, "job", (0, v)) for v in range(3))}
    assert sum(n for words, n in found.classes.items() if words[1] == "any(points > 0 and job)") == len(busy)


# ---------------------------------------------------------------- teardown


@pytest.mark.parametrize("via", VIAS)
def test_whoever_follows_the_teardown_gets_rid_of_the_role(via: str) -> None:
    drawn = teardown_diagram(MODEL, SCOPE, (role, "absent"), via)
    full = max(
        (s for s in taken() if cell(s, "role") == 1 and not any(cell(s, "job", (0, v)) for v in range(3))), key=sum
    )
    state = full
    for box in (n for n in drawn.nodes if n.kind in ("action", "wait") and not n.id.startswith("n-wait")):
        rule = MODEL.rule(box.lines[0])
        kinds = " ".join(box.lines[1:])
        asked = [w for w in VIAS if kinds.endswith(w)] or [via]
        for request in requests(rule):
            ordinary = all(request.inputs.get(k) in (None, want) for k, want in (("permitted", 1), ("collides", 0)))
            way = request.inputs.get("via")
            if not ordinary or (way is not None and rule.inputs[1].values[way] != asked[0]):  # type: ignore[union-attr]
                continue
            if "of " in kinds and not _meant(VAULTS[request.place[1]], kinds):
                continue
            state = MACHINE.step(state, request).state
    assert cell(state, "role") == 0
    assert sum(full) > sum(state)


def _meant(vault: str, kinds: str) -> bool:
    return vault in kinds or (vault == "vault-1" and "every other vault" in kinds)


@pytest.mark.parametrize("via", VIAS)
def test_every_refusal_on_the_way_is_in_the_teardown_and_no_other(via: str) -> None:
    drawn = teardown_diagram(MODEL, SCOPE, (role, "absent"), via)
    boxes = [n for n in drawn.nodes if n.lines[0] in {rule.action for rule in MODEL.rules}]
    for action in {n.lines[0] for n in boxes}:
        mine = [n for n in boxes if n.lines[0] == action]
        asked = {via, *(w for n in mine for w in VIAS if n.lines[-1].startswith("only by") and w in n.lines[-1])}
        shown = {line.split(" (")[0] for n in mine for line in n.folded}
        ids = {n.id for n in mine}
        shown |= {e.lines[0] for e in drawn.edges if e.source in ids and e.kind in ("refused", "might", "failed")}
        index = {w: ("api", "cli", "console").index(w) for w in VIAS}
        met = {
            step.guard.otherwise.id
            for steps in taken().values()
            for request, step in steps
            if request.action == action and step.guard
            if request.inputs.get("via") in (None, *(index[w] for w in asked))
        }
        if MODEL.rule(action).by == "service":
            met -= {"no-deletion-task"}  # It is asked for in the box before.
        assert shown == met, action


def test_the_console_cannot_delete_the_default_vault_and_the_teardown_says_who_can() -> None:
    drawn = teardown_diagram(MODEL, SCOPE, (role, "absent"), "console")
    turned = [e for e in drawn.edges if e.lines == ("default-vault-in-console",)]
    assert [e.clauses for e in turned] == [("CLEAN-5",)]
    target = next(n for n in drawn.nodes if n.id == turned[0].target)
    assert "of Default" in target.lines
    assert target.lines[-1] == "only by api or cli"


def test_a_vault_that_can_never_be_deleted_is_shown_as_such() -> None:
    model = lifecycle().assuming({"efs-vault": "never"})
    drawn = teardown_diagram(model, SCOPE, (role, "absent"), "cli")
    assert [n.lines[-1] for n in drawn.nodes if n.kind == "refused"] == ["never possible"]


# ---------------------------------------------------------------- dependencies, decisions


def test_what_blocks_what_is_seen_to_block() -> None:
    drawn = dependencies_diagram(MODEL)
    met = {(r.action, s.guard.otherwise.id) for steps in taken().values() for r, s in steps if s.guard}
    for edge in drawn.edges:
        refusals = edge.condition.split(", ")
        assert {(a, i) for a in edge.events for i in refusals} & met, edge.id
    blocks = {(e.source, e.target) for e in drawn.edges if e.kind == "blocks"}
    assert {("n-points", "n-vault"), ("n-vault", "n-role"), ("n-points", "n-role"), ("n-job", "n-role")} <= blocks
    assert {n.cluster for n in drawn.nodes} == {"per-0", "per-1", "per-2"}


def test_without_a_guard_an_arrow_is_gone() -> None:
    broken = MODEL.without([("delete_backup_vault", "vault-has-recovery-points")])
    gone = {e.id for e in dependencies_diagram(MODEL).edges} - {e.id for e in dependencies_diagram(broken).edges}
    assert gone == {"e-points--vault-blocks"}


@pytest.mark.parametrize("rule", MODEL.rules, ids=lambda r: r.action)
def test_a_decision_tree_has_a_leaf_for_each_way_to_end_and_asks_in_the_order_of_the_guards(rule: Rule) -> None:
    drawn = decision_diagram(MODEL, rule)
    leaves = [n for n in drawn.nodes if not any(e.source == n.id for e in drawn.edges)]
    ends = {("done", None) if n.kind == "done" else (n.kind, n.lines[0].split(": ")[1]) for n in leaves}
    assert ends == set(rule.outcomes())
    questions = [n for n in drawn.nodes if n.id.startswith("n-guard-")]
    assert [n.clauses for n in questions] == [(g.clause,) for g in rule.guards[: len(questions)]]
    assert all(e.condition in ("", "yes", "no") for e in drawn.edges)


# ---------------------------------------------------------------- counterexamples


def test_a_counterexample_ends_where_the_property_is_violated() -> None:
    broken = MODEL.without([("delete_backup_vault", "vault-has-recovery-points")])
    judged = Judge(broken, SCOPE).check(only=["recovery_points_lie_in_vaults"]).judgements[0]
    assert judged.trace is not None
    drawn = trace_diagram(judged.property, True, judged.trace, usual_names(1, 3), "")
    assert [n.kind for n in drawn.nodes[:-1]] == ["moment"] * len(judged.trace.steps)
    assert drawn.nodes[-1].kind == "bad"
    assert [e.order for e in drawn.edges] == list(range(1, len(judged.trace.steps) + 1))


def test_a_lasso_returns_to_where_it_begins_to_repeat() -> None:
    model = lifecycle().assuming({"default-vault": "needs-another-vault"})
    name = "an_operator_who_keeps_cleaning_up_with_no_new_work_arriving_gets_rid_of_the_role"
    trace = Judge(model, scope(1, 2, 1)).check(only=[name]).judgements[0].trace
    assert trace is not None
    assert trace.loop_from is not None
    drawn = trace_diagram(next(p for p in model.properties if p.id == name), True, trace, usual_names(1, 2), "")
    assert drawn.edges[-1].target == f"n-{trace.loop_from}"
    assert drawn.edges[-1].kind == "loop"
    assert len(drawn.nodes) == len(trace.steps)
