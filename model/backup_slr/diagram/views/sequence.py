"""A run as a sequence: who asks whom for what, what is refused, and what changes where.

It is made from the steps as JSON has them (`simulate --json`, `witness --json`), so that a scenario, a trace of ours
and a trace of somebody else are drawn alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from backup_slr.core.rule import Model, Rule
from backup_slr.diagram.graph import Diagram, Edge, EdgeKind, Node, short, slug
from backup_slr.report.english import NAMES
from backup_slr.report.steps import FLAG_WORDS
from backup_slr.report.tables import clause_says

Step = Mapping[str, Any]
OPERATOR, IAM, BACKUP, VAULT = "operator", "IAM", "AWS Backup", "the vault"
LANES = {OPERATOR: "who asks", IAM: "keeps the role", BACKUP: "the service", VAULT: "vaults and what is in them"}
WIDE = 76


def sequence_diagram(model: Model, title: str, story: str, steps: Iterable[Step], caption: str) -> Diagram:
    """The messages of a run, repetitions of one step taken together.

    Parameters
    ----------
    model
        The table, which knows by whom an action is done and which API operations it stands for.
    steps
        Steps as JSON: ``do``, ``region``, ``vault``, ``outcome``, ``because``, ``error_code``, ``clauses``,
        ``changed``.
    """
    rules = {rule.action: rule for rule in model.rules}
    edges: list[Edge] = []
    for number, (_, group) in enumerate(groupby(steps, key=_alike), 1):
        same = list(group)
        if same[0]["do"] in rules:
            edges += _messages(model, rules[same[0]["do"]], same, number, len(edges))
        else:
            edges.append(_pause(same, number, len(edges) + 1))
    used = {e.source for e in edges} | {e.target for e in edges}
    lanes = [Node(_lane(name), "lane", (name,), (), means) for name, means in LANES.items() if _lane(name) in used]
    return Diagram(
        f"sequence-{slug(title.lower())[:48].strip('-')}",
        title,
        f"A sequence of {len(edges)} messages between {', '.join(n.lines[0] for n in lanes)}. {story}".strip(),
        caption,
        tuple(lanes),
        tuple(edges),
        form="sequence",
        numbers={"messages": len(edges)},
    )


def _alike(step: Step) -> tuple[object, ...]:
    """Steps that are told together: one action in one way at one place, with one end."""
    inputs = tuple((k, str(v)) for k, v in step.items() if k in ("via", "permitted", "collides", "succeeds", "by"))
    ends = (step.get("outcome"), step.get("because"), bool(step.get("changed")))
    return step["do"], step.get("region"), step.get("vault"), inputs, ends


def _messages(model: Model, rule: Rule, same: Sequence[Step], number: int, count: int) -> list[Edge]:
    step = same[0]
    actor = OPERATOR if rule.by == "person" else _service(rule)
    receiver = _service(rule) if rule.by == "person" else VAULT if "vault" in step else BACKUP
    times = f" x{len(same)}" if len(same) > 1 else ""
    place = "/".join(str(step[key]) for key in ("region", "vault") if key in step)
    asked = " ".join(part for part in (step["do"] + times, place) if part)
    told = "; ".join(f"{c}: {clause_says(model, c)}" for c in step.get("clauses", ()))
    clauses = tuple(str(c) for c in step.get("clauses", ()))
    tooltip = f"{rule.says}{f' ({chr(44).join(rule.operations)})' if rule.operations else ''}. {told}"
    kind: EdgeKind = "person" if rule.by == "person" else "service"

    def message(source: str, target: str, kind: EdgeKind, lines: Sequence[str], tip: str) -> Edge:
        order = count + len(found) + 1
        ids = f"e-{number}-{len(found) + 1}"
        shown = tuple(short(line, WIDE) for line in lines if line)
        cited = clauses if not found else ()
        return Edge(ids, _lane(source), _lane(target), kind, shown, tip, cited, (rule.action,), order=order)

    found: list[Edge] = []
    via = step.get("via")
    how = f"{asked} ({via})" if via not in (None, "api") else asked
    changes = _changes(model, same)
    own = changes.pop(receiver, ())
    found.append(message(actor, receiver, kind, (how, *(own if rule.by == "service" else ())), tooltip))
    mine = changes.pop(actor, ())
    for owner, said in changes.items():
        found.append(message(receiver, owner, "service", said, "; ".join(said)))
    if step.get("outcome") != "done":
        code = step.get("error_code")
        words = f"{step.get('outcome')}: {step.get('because')}{f' ({code})' if code else ''}"
        end: EdgeKind = "failed" if step.get("outcome") == "failed" else "refused"
        found.append(message(receiver, actor, end, (words, *mine), told))
    elif rule.by == "person" and (own or len(found) == 1):
        found.append(message(receiver, actor, "answer", ("done", *own), f"done {'; '.join(own)}".strip()))
    elif mine:
        found.append(message(receiver, actor, "answer", ("done", *mine), "; ".join(mine)))
    return found


def _pause(same: Sequence[Step], number: int, order: int) -> Edge:
    minutes = sum(float(s.get("minutes") or 0) for s in same)
    said = f"wait {minutes:g} minute{'' if minutes == 1 else 's'}"
    return Edge(f"e-{number}-1", _lane(OPERATOR), _lane(OPERATOR), "pause", (said,), said, order=order)


def _changes(model: Model, same: Sequence[Step]) -> dict[str, tuple[str, ...]]:
    """What repetitions of a step changed in all, by the lane that it belongs to."""
    total: dict[tuple[object, ...], tuple[object, object]] = {}
    for step in same:
        for change in step.get("changed", ()):
            key = (change["variable"], change.get("region"), change.get("vault"))
            before = total[key][0] if key in total else change["before"]
            total[key] = (before, change["after"])
    found: dict[str, tuple[str, ...]] = {}
    variables = {v.name: v for v in model.state}
    for (name, region, vault), (before, after) in total.items():
        depth = len(variables[str(name)].per)
        owner = VAULT if depth == 2 else BACKUP if region or name == "cross_account" else IAM
        called = NAMES.get(str(name), str(name).replace("_", " "))
        words = f"{called} {_value(str(name), before, 0)} -> {_value(str(name), after, 2)}"
        place = f"{region}/{vault} " if vault and (same[0].get("vault") != vault) else ""
        found[owner] = (*found.get(owner, ()), f"{place}{words}")
    return found


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
