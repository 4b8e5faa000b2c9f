"""The verdict about small accounts against an exhaustive search of the model."""

from __future__ import annotations

from functools import cache, partial
from random import Random

import pytest
from support.second_role import CLUSTERS

from backup_slr.advice.clearing import contents
from backup_slr.advice.place_graph import PathStep, PlaceGraph
from backup_slr.advice.why import Why, asked
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
