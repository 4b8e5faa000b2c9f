"""A run as a sequence: who asks whom for what, what is refused, and what changes where.

It is made from the steps as JSON has them (`simulate --json`, `witness --json`), so that a scenario, a trace of ours
and a trace of somebody else are drawn alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from backup_slr.diagram.graph import Diagram, Edge, EdgeKind, Node, slug
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import Layout, shown
from backup_slr.engine.core.variable import Enum, usual
from backup_slr.report.english import NAMES
from backup_slr.report.names import Names
from backup_slr.report.reference import clause_says
from backup_slr.report.trace_text import FLAG_WORDS, steps_text

Step = Mapping[str, Any]
Said = tuple[str, str, EdgeKind, tuple[str, ...], str]
"""From which lane to which, in which kind of message, with which lines and which tooltip."""
OPERATOR, IAM, BACKUP, VAULT = "operator", "IAM", "AWS Backup", "the vaults"
LANES = {OPERATOR: "who asks", IAM: "keeps the role", BACKUP: "the service", VAULT: "vaults and what is in them"}
READABLE = 20
"""A sequence of more messages than this is hard to read."""


def sequence_diagram(
    model: Model,
    name: str,
    title: str,
    story: str,
    steps: Iterable[Step],
    caption: str,
    start: Iterable[Step] = (),
    misses: Sequence[str] = (),
) -> Diagram:
    """The messages of a run, repetitions of one step taken together.

    Parameters
    ----------
    model
        The table, which knows by whom an action is done and which API operations it stands for.
    name, title, story, caption
        What the picture is called, and what is said of it.
    steps
        Steps as JSON: ``do``, ``region``, ``vault``, the inputs, ``outcome``, ``because``, ``error_code``,
        ``clauses``, ``changed``; and of a scenario ``expected`` and ``as_expected``.
    start
        What is not as in an empty account before the first step: ``variable``, ``region``, ``vault``, ``value``.
    misses
        What a scenario expected of its end and did not find.
    """
    rules = {rule.action: rule for rule in model.rules}
    edges: list[Edge] = []
    start = list(start)
    missed, number_of, changing, places = len(misses), 0, 0, {_place(said) for said in start}
    inputs = {i.name for rule in model.rules for i in rule.inputs}
    for number, (_, group) in enumerate(groupby(steps, key=lambda step: _alike(step, inputs)), 1):
        same = list(group)
        missed += len(same) * _missed(same[0])
        number_of += len(same)
        changing += len(same) * bool(same[0].get("changed"))
        places.add(_place(same[0]))
        places |= {_place(change) for step in same for change in step.get("changed", ())}
        if same[0]["do"] in rules:
            edges += _messages(model, rules[same[0]["do"]], same, number, len(edges))
        else:
            edges.append(_pause(same, number, len(edges) + 1))
    used = {e.source for e in edges} | {e.target for e in edges}
    states = _at_start(model, start)
    lanes = [
        Node(_lane(name), "lane", (name,), tuple(states.get(name, ())), means)
        for name, means in LANES.items()
        if _lane(name) in used or name in states
    ]
    return Diagram(
        name,
        title,
        f"A sequence of {len(edges)} messages between {', '.join(n.lines[0] for n in lanes)}. {story}".strip(),
        "\n".join((caption, _scope(number_of, changing, places), *(f"MISSED: {miss}" for miss in misses))),
        tuple(lanes),
        tuple(edges),
        form="sequence",
        numbers={"messages": len(edges)} | ({"missed": missed} if missed else {}),
    )


def _place(said: Step) -> tuple[object, object]:
    return said.get("region"), said.get("vault")


def _scope(steps: int, changing: int, places: set[tuple[object, object]]) -> str:
    """How much of the model a run shows."""
    regions = len({region for region, _ in places if region is not None})
    vaults = len({place for place in places if place[1] is not None})
    named = [f"{n:,} {what}{'s'[: n != 1]}" for n, what in ((regions, "Region"), (vaults, "vault")) if n]
    told = f"one run: {steps_text(steps)}, {changing or 'none'} of which change the account"
    return "; ".join((told, *([f"{' and '.join(named)} named"] if named else [])))


def at_start(layout: Layout, state: Sequence[int], names: Names) -> Iterator[Step]:
    """What is not as in an empty account in a state, as `sequence_diagram` takes it; the role in any case."""
    for number, (value, (variable, place)) in enumerate(zip(state, layout.cells, strict=True)):
        if value or not number:
            where = {"region": names.region(place)} if place else {}
            where |= {"vault": names.vault(place)} if len(place) > 1 else {}
            yield {"variable": variable.name, **where, "value": shown(variable, value)}


def _alike(step: Step, names: Collection[str]) -> tuple[object, ...]:
    """Steps that are told together: one action in one way at one place, with one end."""
    inputs = tuple((k, str(v)) for k, v in step.items() if k in names)
    ends = (step.get("outcome"), step.get("because"), bool(step.get("changed")), _missed(step))
    return step["do"], step.get("region"), step.get("vault"), inputs, ends


def _missed(step: Step) -> bool:
    """A scenario expected something else of it."""
    return step.get("as_expected") is False


# ---------------------------------------------------------------- messages


def _messages(model: Model, rule: Rule, same: Sequence[Step], number: int, count: int) -> list[Edge]:
    """The request, what it changes elsewhere, and the answer; the last of them cites the clauses."""
    step = same[0]
    clauses = tuple(str(c) for c in step.get("clauses", ()))
    cited = "; ".join(f"{c}: {clause_says(model, c)}" for c in clauses)
    edges = [
        Edge(f"e-{number}-{n}", _lane(a), _lane(b), kind, lines, tip, (), (rule.action,), order=count + n)
        for n, (a, b, kind, lines, tip) in enumerate(_said(model, rule, same, cited), 1)
    ]
    last = edges[-1]
    lines = (*last.lines, f"MISSED: expected {_expected(step)}") if _missed(step) else last.lines
    return [*edges[:-1], replace(last, lines=lines, clauses=clauses)]


def _said(model: Model, rule: Rule, same: Sequence[Step], cited: str) -> Iterator[Said]:
    """Who tells whom what, one message after the other."""
    step, asked = same[0], _asked(rule, same)
    actor, receiver = _who(rule, step)
    operations = f" ({', '.join(rule.operations)})" if rule.operations else ""
    tip = f"{asked}\n{rule.says}{operations}. {cited}"
    changes = _changes(model, same)
    own, mine = changes.pop(receiver, ()), changes.pop(actor, ())
    outcome = str(step.get("outcome"))
    code = f" ({step.get('error_code')})" if step.get("error_code") else ""
    no = f"{outcome}: {step.get('because')}{code}"
    if outcome == "refused" and not _is_sent(rule, step):
        why = "no request is sent" if rule.by == "person" else "the service does not begin"
        yield actor, actor, "refused", (asked, no, why), tip
        return
    if rule.by == "person":
        yield actor, receiver, "person" if actor == OPERATOR else "service", (asked,), tip
    else:
        yield actor, receiver, "service", (asked, *own), tip
    # What comes along is the service's doing, wherever it happens.
    by = receiver if rule.by == "person" else actor
    for owner, told in changes.items():
        yield by, owner, "service", told, "; ".join(told)
    if outcome != "done":
        yield receiver, actor, "failed" if outcome == "failed" else "refused", (no, *mine), cited
    elif rule.by == "person" and (own or not changes):
        yield receiver, actor, "answer", ("done", *own), f"done {'; '.join(own)}".strip()
    elif mine:
        yield receiver, actor, "answer", ("done", *mine), "; ".join(mine)


def _who(rule: Rule, step: Step) -> tuple[str, str]:
    """Who asks, and who is asked: of what a person asks it may be the service that does, which a request says."""
    if rule.by == "service":
        return _service(rule), VAULT if "vault" in step else BACKUP
    return BACKUP if step.get("by") == "service" else OPERATOR, _service(rule)


def _is_sent(rule: Rule, step: Step) -> bool:
    """A request reaches somebody, who then refuses it; only what no caller of AWS ever sees is not sent at all."""
    guards = [g for g in rule.guards if g.otherwise.id == step.get("because")]
    return not guards or any(g.otherwise.error_code is not None or g.error_code is not None for g in guards)


def _asked(rule: Rule, same: Sequence[Step]) -> str:
    """The request on one line: action, place, inputs that are not the usual ones, how often."""
    step = same[0]
    parts = [str(step["do"]), "/".join(str(step[key]) for key in ("region", "vault") if step.get(key) is not None)]
    for variable in rule.inputs:
        value = step.get(variable.name)
        needed = isinstance(variable, Enum) and variable.required
        if value is not None and (needed or value != shown(variable, usual(variable))):
            parts.append(f"{variable.name}={str(value).lower() if isinstance(value, bool) else value}")
    parts.append(f"({len(same)} times)" if len(same) > 1 else "")
    return " ".join(part for part in parts if part)


def _expected(step: Step) -> str:
    said: Step = step.get("expected") or {}
    because = f" ({said['because']})" if said.get("because") else ""
    return f"{said.get('outcome') or 'refused or failed'}{because}"


def _pause(same: Sequence[Step], number: int, order: int) -> Edge:
    minutes = sum(float(s.get("minutes") or 0) for s in same)
    said = f"wait {minutes:g} minute{'' if minutes == 1 else 's'}"
    return Edge(f"e-{number}-1", _lane(OPERATOR), _lane(OPERATOR), "pause", (said,), said, order=order)


# ---------------------------------------------------------------- what changes, and what there is at the start


def _changes(model: Model, same: Sequence[Step]) -> dict[str, tuple[str, ...]]:
    """What repetitions of a step changed in all, by the lane that it belongs to."""
    total: dict[tuple[str, object, object], tuple[object, object]] = {}
    for step in same:
        for change in step.get("changed", ()):
            key = (str(change["variable"]), change.get("region"), change.get("vault"))
            before = total[key][0] if key in total else change["before"]
            total[key] = (before, change["after"])
    found: dict[str, tuple[str, ...]] = {}
    for (name, region, vault), (before, after) in total.items():
        if before == after:
            continue
        owner = _owner(model, name)
        words = f"{_called(name)} {_value(name, before, 0)} -> {_value(name, after, 2)}"
        place = f"{region}/{vault} " if vault and (same[0].get("vault") != vault) else ""
        found[owner] = (*found.get(owner, ()), f"{place}{words}")
    return found


def _at_start(model: Model, start: Iterable[Step]) -> dict[str, list[str]]:
    """What there is before the first step, by lane: a line for each place."""
    found: dict[str, dict[str, list[str]]] = {}
    for said in start:
        name = str(said["variable"])
        place = "/".join(str(said[key]) for key in ("region", "vault") if said.get(key) is not None)
        told = f"{_called(name)} {_value(name, said['value'], 0)}"
        found.setdefault(_owner(model, name), {}).setdefault(place, []).append(told)
    return {
        lane: [f"{place}: {', '.join(_telling(told))}" if place else ", ".join(told) for place, told in places.items()]
        for lane, places in found.items()
    }


def _telling(told: list[str]) -> list[str]:
    """Of a vault with something in it that it is there goes without saying."""
    return [words for words in told if not words.endswith(f" {FLAG_WORDS['vault'][1]}")] or told


def _owner(model: Model, name: str) -> str:
    """The lane that keeps a variable: IAM the role and what it has of its own, vaults what is kept for each."""
    depth = next(len(v.per) for v in model.state if v.name == name)
    return VAULT if depth == 2 else BACKUP if depth == 1 or name == "cross_account" else IAM


def _called(name: str) -> str:
    return NAMES.get(name, name.replace("_", " "))


def _value(name: str, value: object, absent: int) -> str:
    """A value in words; a flag that is not set is told in one way before it comes and in another after it went."""
    if not isinstance(value, bool):
        return str(value)
    return FLAG_WORDS.get(name, ("off", "on", "off"))[1 if value else absent]


def _service(rule: Rule) -> str:
    """Who keeps what an action is about: IAM if it stands for a request to IAM, else AWS Backup."""
    return IAM if any(o.startswith(("iam:", "sts:")) for o in rule.operations) else BACKUP


def _lane(name: str) -> str:
    return f"n-{slug(name.lower())}"
