"""Random scenario files: the report of `simulate` against an interpreter that evaluates rules node by node.

For every step: the outcome, the reason, and the changes, which are the difference between two states. For a failed
deletion task: if exactly the items that it names are removed and the deletion is requested again, the task succeeds;
with one item fewer it does not.
"""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

from support.altered import TASK, altered, assumptions

from backup_slr.engine.compile.interpreter import Situation, interpreted_step
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.formula import Element
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import State, shown
from backup_slr.engine.core.variable import Count, Enum
from backup_slr.lifecycle import lifecycle
from backup_slr.lifecycle.vocabulary import role
from backup_slr.report.names import Names
from backup_slr.scenario.player import ScenarioRun, play
from backup_slr.scenario.run_report import run_document, run_lines
from backup_slr.scenario.scenario_file import parse

DOSE = 100
REGIONS = ("us-east-1", "eu-west-1", "sa-east-1")
LABEL = re.compile(r"\s*(\d+)(?:-(\d+))? [a-z]+_")
VAULTS = ("Default", "aws/efs/automatic-backup-vault", "archive", "web")


def trial(random: Random) -> str | None:
    """Run a random scenario, perhaps on an altered table."""
    table = lifecycle()
    for _ in range(random.choice((0, 0, 1, 1, 2))):
        table = altered(random, table)
    text, assume = written(random, table)
    run = play(parse(text, lifecycle=table), table.assuming(assume))
    found = judged(run, table.assuming(assume))
    return f"{found} in {text!r}" if found else None


# ---------------------------------------------------------------- a scenario


def written(random: Random, table: Model) -> tuple[str, dict[str, str]]:
    """A scenario file, and the assumptions that it makes."""
    assume = assumptions(random, table, 0.2)
    regions = random.sample(REGIONS, random.choice((1, 1, 2)))
    places = [(region, vault) for region in regions for vault in VAULTS if random.random() < 0.5]
    vaults = [
        {"region": a, "name": b, "points": random.choice((0, 0, 1, 2)), "job": random.random() < 0.2} for a, b in places
    ]
    lines = ['title = "x"', "[assume]", *(f"{k} = {json.dumps(v)}" for k, v in assume.items()), "[account]"]
    lines += [f'role = "{random.choice(("present", "present", "absent"))}"', f"regions = {json.dumps(regions)}"]
    lines += [f"cross-account = {random.choice(('true', 'false'))}", f"efs-automatic-backup = {regions[:1]}"]
    lines += ["vaults = [", *(f"  {inline(vault)}," for vault in vaults), "]"]
    often = [table.rule(action) for action in ("delete_service_linked_role", TASK, "delete_backup_vault")]
    special = [(region, vault) for region in regions for vault in VAULTS[:2]]
    for _ in range(random.randrange(1, 9)):
        rule = random.choice([*table.rules, *often * 3])
        lines += ["[[step]]", *(f"{k} = {json.dumps(v)}" for k, v in step(random, rule, [*places, *special]).items())]
    return "\n".join(lines) + "\n", assume


def step(random: Random, rule: Rule, places: list[tuple[str, str]]) -> dict[str, Any]:
    """A random request, perhaps repeated."""
    found: dict[str, Any] = {"do": rule.action}
    found |= dict(zip(("region", "vault")[: len(rule.place)], random.choice(places), strict=False))
    for variable in rule.inputs:
        if isinstance(variable, Enum) and (variable.required or random.random() < 0.6):
            found[variable.name] = random.choice(variable.values)
        elif not isinstance(variable, Enum) and random.random() < (0.1 if variable.default else 0.4):
            found[variable.name] = random.random() < 0.5
    return found | ({"times": random.randrange(2, 4)} if random.random() < 0.3 else {})


def inline(table: dict[str, Any]) -> str:
    """A table on one line."""
    return f"{{ {', '.join(f'{key} = {json.dumps(x)}' for key, x in table.items())} }}"


# ---------------------------------------------------------------- the judge


def judged(run: ScenarioRun, model: Model) -> str | None:
    """The difference between the report and the interpreter, if any."""
    layout, names = run.machine.layout, run.names
    document = run_document(run)
    state, states = run.initial, [run.initial]
    for said, played in zip(document["steps"], run.steps, strict=True):
        rule = model.rule(said["do"])
        here = situation(layout, names, rule, said, state)
        outcome, guard, after = interpreted_step(rule, here)
        if (said["outcome"], said["because"]) != (outcome, guard.otherwise.id if guard else None):
            return f"step {said['n']}: {said['outcome']} {said['because']}, not {outcome} {guard}"
        if said["changed"] != (wanted := difference(layout, names, state, after)):
            return f"step {said['n']} changed {said['changed']}, not {wanted}"
        if outcome == "failed" and (wrong := remaining(layout, names, rule, said["in_the_way"], here)):
            return f"step {said['n']}: {wrong}"
        assert played.number == said["n"]
        state = after
        states.append(state)
    if tuple(run.final) != state:
        return "the account at the end differs"
    return text_differs(run, states)


def situation(layout: Layout, names: Names, rule: Rule, said: dict[str, Any], state: State) -> Situation:
    """A request in the form that the interpreter takes, from its report."""
    place = names.numbers(*(said[key] for key in ("region", "vault")[: len(rule.place)]))
    inputs = {
        i.name: i.values.index(said[i.name]) if isinstance(i, Enum) else int(said[i.name])
        for i in rule.inputs
        if i.name in said
    }
    return Situation(layout, state, {p: Element(p.sort, n) for p, n in zip(rule.place, place, strict=True)}, inputs)


def difference(layout: Layout, names: Names, before: State, after: State) -> list[dict[str, Any]]:
    """The differences between two states, as in JSON."""
    found: list[dict[str, Any]] = []
    for (variable, place), a, b in zip(layout.cells, before, after, strict=True):
        if a != b:
            where = dict(zip(("region", "vault"), named(names, place), strict=False))
            found.append(
                {"variable": variable.name, **where, "before": shown(variable, a), "after": shown(variable, b)}
            )
    return found


def named(names: Names, place: tuple[int, ...]) -> list[str]:
    """The names of a place."""
    return [names.regions[place[0]], *(names.vault(place) for _ in place[1:])] if place else []


def remaining(layout: Layout, names: Names, rule: Rule, listed: list[dict[str, Any]], here: Situation) -> str | None:
    """How the items that a failed task names differ from those that block it, if they do."""
    items: list[int] = []
    for blocker in listed:
        place = names.numbers(blocker.get("region"), blocker.get("vault"))
        items += [layout.cell(name, place) for name in blocker["what"]]
    if not items or len(set(items)) < len(items):
        return f"it names {listed}"
    for kept in (None, *items):
        cells = list(here.before)
        for item in items:
            if item != kept:
                cells[item] = 0 if isinstance(layout.cells[item][0], Count) else 1 - cells[item]
        cells[layout.cell("role")] = role.values.index("deleting")  # the deletion is requested again
        outcome, guard, _ = interpreted_step(rule, Situation(layout, tuple(cells), here.stands_for, here.inputs))
        if (outcome == "done") != (kept is None):
            left = "all that it names" if kept is None else f"all but {layout.cells[kept]}"
            return f"without {left} it is {outcome} ({guard.otherwise.id if guard else None}); it names {listed}"
    return None


def text_differs(run: ScenarioRun, states: list[State]) -> str | None:
    """Changes reported for a step, or for its repetitions, that are not the difference between the states."""
    told: dict[tuple[int, int], str] = {}
    for line in run_lines(run):
        if label := LABEL.match(line):
            last = int(label[1]), int(label[2] or label[1])
        if told or label:
            told[last] = told.get(last, "") + line
    for (first, to), text in told.items():
        changes = difference(run.machine.layout, run.names, states[first - 1], states[to])
        if text.count(" -> ") != len(changes):
            return f"told: {text}; changed: {changes}"
        for change in changes:
            where = "/".join(change[key] for key in ("region", "vault") if key in change)
            values = "" if isinstance(change["after"], bool) else f"{change['before']} -> {change['after']}"
            if " ".join(x for x in (change["variable"].replace("_", " "), where, values) if x) not in text:
                return f"not told: {change}; told: {text}"
    return None if sum(to - first + 1 for first, to in told) == len(run.steps) else "a step is not told"
