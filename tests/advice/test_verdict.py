"""The verdict about small accounts against an exhaustive search of the model."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from support.aws_account import AT, FakeAccount
from support.second_role import CLUSTERS

from backup_slr.advice.clearing import contents
from backup_slr.advice.place_graph import PathStep, PlaceGraph
from backup_slr.advice.plan import planned
from backup_slr.advice.why import Why, asked
from backup_slr.api.starting import load_account
from backup_slr.engine.check.exploration import Space
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.scope import Scope, State
from backup_slr.engine.core.step import Machine, Request
from backup_slr.engine.core.variable import Count, Enum, Variable
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.lifecycle import BACKUP
from backup_slr.scenario.account_codec import account_format
from backup_slr.scenario.spec import AccountSpec, EntrySpec
from backup_slr.scenario.starting_account import StartingAccount

MOST = 2
"""The most recovery points of a vault in the accounts and in the search."""
CASES: dict[str, tuple[Lifecycle, dict[str, str]]] = {
    "page": (BACKUP, {}),
    "at-submit": (BACKUP, {"usage-check": "at-submit"}),
    "efs-never": (BACKUP, {"efs-vault": "never"}),
    "needs-another": (BACKUP, {"default-vault": "needs-another-vault"}),
    "empty-vaults": (BACKUP, {"empty-vaults-count": "no"}),
    **{
        name: (BACKUP.extended(name), {})
        for name in (
            "obstacle",
            "retention",
            "vault-lock",
            "legal-hold",
            "access-policy",
            "deleting",
            "expired",
            "backup-plans",
            "backup-roles",
        )
    },
    "clusters": (CLUSTERS, {}),
}


def random_value(variable: Variable, draw: Random) -> int:
    """A value that a file can have."""
    if isinstance(variable, Count):
        return draw.randrange(MOST + 1)
    return draw.randrange(len(variable.values) if isinstance(variable, Enum) else 2)


def random_account(lifecycle: Lifecycle, draw: Random) -> StartingAccount:
    """A small account: the special places, or one where none is special."""
    form = account_format(lifecycle.model.state)
    values = {v.name: random_value(v, draw) for v in form.values if v is not lifecycle.goal.variable}
    values[lifecycle.goal.variable.name] = lifecycle.goal.variable.values.index(lifecycle.goal.there)
    outer = lifecycle.element_names[lifecycle.sorts[0].name][0]
    paths = (
        [(outer, *inner) for inner in ((name,) for name in lifecycle.sorts[1].special)]
        if form.chain[1:]
        else [(outer,)]
    )
    lists = {v.name: (outer,) for v in form.lists if draw.random() < 0.5}
    tables = {
        table.sort: tuple(
            EntrySpec(path, {v.name: random_value(v, draw) for v in table.variables})
            for path in paths
            if len(path) == len(table.chain) and draw.random() < 0.7
        )
        for table in form.tables
    }
    found = (*((e.place, ()) for entries in tables.values() for e in entries), ((outer,), ()))
    return StartingAccount("", lifecycle, AccountSpec(values, lists, tables, paths=found))


@cache
def space_of(model: Model, sizes: tuple[tuple[str, int], ...]) -> Space:
    return Space(model, Scope(dict(sizes), {v.name: MOST for v in model.state if isinstance(v, Count)}))


def reachable(why: Why) -> bool:
    """Whether any behavior from the account leads to the goal, by exhaustive search."""
    names = why.start.names
    space = space_of(why.model, tuple(names.sizes.items()))
    machine = Machine(why.model, space.scope)
    goal = why.start.lifecycle.goal
    cell, gone = machine.layout.cell(goal.variable.name), goal.variable.values.index(goal.gone)
    word = space.words.pack(why.start.state(machine))
    seen, todo = {word}, [word]
    while todo:
        state = todo.pop()
        if space.words.unpack(state)[cell] == gone:
            return True
        for _, after in space.successors(state):
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return False


@pytest.mark.parametrize("case", CASES)
def test_verdict_equals_an_exhaustive_search(case: str) -> None:
    lifecycle, assume = CASES[case]
    for seed in range(12):
        why = asked(random_account(lifecycle, Random(f"{case} {seed}")), assume)
        assert why.verdict != "undecided", seed
        assert reachable(why) == (why.verdict != "never"), (seed, why.verdict, contents(why.start))


@pytest.mark.parametrize("case", CASES)
def test_paths_that_are_known_cost_as_much_as_those_of_a_new_search(case: str) -> None:
    lifecycle, assume = CASES[case]

    def cost(graph: PlaceGraph, path: tuple[PathStep, ...] | None) -> int | None:
        if path is None:
            return None
        return sum(min(c for c, _, to in graph.steps(step.before) if to == step.after) for step in path)

    for seed in range(4):
        clearing = asked(random_account(lifecycle, Random(f"{case} {seed}")), assume).clearing
        for group in clearing.groups:
            graph = group.graph
            for values in sorted(graph.reached(group.values, group.banned))[:30]:
                new = graph.path(values, partial(clearing.clear, graph), group.banned)
                assert cost(graph, clearing.path(group, values)) == cost(graph, new), (seed, values)


@pytest.mark.parametrize("case", CASES)
def test_without_any_obstacle_removed_the_goal_is_not_reached(case: str) -> None:
    """The steps of the walk without those of one obstacle: those that are refused then are skipped."""
    lifecycle, assume = CASES[case]
    for seed in range(6):
        why = asked(random_account(lifecycle, Random(f"{case} {seed}")), assume)
        if why.verdict in ("never", "deleted"):
            continue
        walk, goal = why.walk, why.clearing.goal
        assert walk.reached
        cell, gone = walk.machine.layout.cell(goal.variable.name), goal.variable.values.index(goal.gone)
        for skipped in (None, *(o for o in why.obstacles if not o.later)):
            state: State = walk.start
            for step in walk.steps:
                if skipped is None or step.move.rule != skipped.rule or step.place not in skipped.places:
                    request = Request(step.move.rule.action, step.at, step.move.inputs)
                    state = walk.machine.step(state, request).state
            assert (state[cell] == gone) == (skipped is None), (seed, skipped)


NOW = datetime.fromisoformat(AT).astimezone(UTC)
LOCKS: tuple[dict[str, Any], ...] = (
    {},
    {"Locked": True},
    {"Locked": True, "LockDate": "2027-01-01T00:00:00+00:00"},
    {"Locked": True, "LockDate": "2026-01-01T00:00:00+00:00"},
)
FOR_GOOD = LOCKS[3]
"""The lock that no person can remove."""


def random_vault(draw: Random) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The lock of a vault, and its recovery points."""
    points: list[dict[str, Any]] = []
    for _ in range(draw.randint(0, 4)):
        point: dict[str, Any] = {"Status": draw.choice(("COMPLETED", "DELETING", "EXPIRED"))}
        dated = draw.random() < 0.8
        date = (NOW + timedelta(days=draw.choice((-30, 9, 60, 300)))).isoformat()
        points.append(point | {"CalculatedLifecycle": {"DeleteAt": date} if dated else {}})
    return draw.choice((*LOCKS, FOR_GOOD)), points


@pytest.mark.parametrize("seed", range(60))
def test_why_and_plan_of_an_inventory_follow_from_its_points(seed: int, tmp_path: Path) -> None:
    """Only retention periods empty a vault that is locked for good, but for what is DELETING already."""
    draw = Random(seed)
    vaults = {f"v{n}": random_vault(draw) for n in range(draw.randint(1, 2))}
    account, held = FakeAccount(), draw.random() < 0.3
    for name, (lock, points) in vaults.items():
        account.vault("us-east-1", name, *points, **lock)
    if held and vaults["v0"][1]:
        account.answers["us-east-1/list-legal-holds"] = {"LegalHolds": [{"LegalHoldId": "h", "Status": "ACTIVE"}]}
        of_hold = {"RecoveryPoints": [{"BackupVaultName": "v0"}]}
        account.answers["us-east-1/list-recovery-points-by-legal-hold=h"] = of_hold
    why = asked(load_account(account.file(tmp_path), BACKUP, NOW), now=NOW)
    left = [
        point["CalculatedLifecycle"].get("DeleteAt")
        for lock, points in vaults.values()
        for point in points
        if lock is FOR_GOOD and point["Status"] != "DELETING"
    ]
    dates = [datetime.fromisoformat(date) for date in left if date]
    last = max(dates, default=NOW)
    wanted = "never" if None in left else "not-before" if last > NOW else "after-steps"
    assert (why.verdict, why.date if wanted == "not-before" else last) == (wanted, last), vaults
    assert why.verdict == "never" or why.walk.reached
    plan = planned(why.start, now=NOW)
    assert plan.reached == (wanted != "never"), vaults
    for n, step in enumerate(plan.steps):
        if step.rule.action == "finish_point_deletion":  # a request for what is DELETING already is refused
            assert not any(
                one.rule.action == "delete_recovery_point" and one.place == step.place for one in plan.steps[:n]
            )
