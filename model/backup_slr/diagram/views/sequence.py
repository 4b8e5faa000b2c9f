"""A run as a sequence diagram: requests, refusals, and changes, between the participants of a lifecycle.

Its input is the steps in JSON (`simulate --json`, `witness --json`), so that scenarios and traces are drawn by the same
code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Any

from backup_slr.diagram.caption import cited, nouns
from backup_slr.diagram.graph import Diagram, Edge, EdgeKind, Node, slug
from backup_slr.diagram.labels import LabelStyle, refusal_label, request_label
from backup_slr.diagram.line_breaks import wrapped
from backup_slr.engine.compile.layout import Layout
from backup_slr.engine.core.rule import Rule
from backup_slr.engine.core.scope import shown
from backup_slr.engine.core.variable import Enum, Flag, Variable, label
from backup_slr.engine.spec.lifecycle import Lifecycle, Participant
from backup_slr.report.names import Names, counted
from backup_slr.report.unblock import leaves

JsonStep = Mapping[str, Any]
Place = tuple[object, ...]
Message = tuple[str, str, EdgeKind, tuple[str, ...], str]
"""The sender, the receiver, the kind, the lines and the tooltip of a message."""
OPERATOR = Participant("operator", "the user who sends the requests")
WIDE = 72
"""The most letters on a line of a request."""
READABLE = 20
"""The most messages of a sequence that is easy to read."""


def sequence_diagram(
    lifecycle: Lifecycle,
    name: str,
    title: str,
    story: str,
    steps: Iterable[JsonStep],
    caption: str,
    start: Iterable[JsonStep] = (),
    misses: Sequence[str] = (),
    labels: LabelStyle = "id",
) -> Diagram:
    """The messages of a run; repetitions of a step are one numbered step.

    Parameters
    ----------
    lifecycle
        The lifecycle whose actions occur in the steps.
    name, title, story, caption
        The texts of the picture.
    steps
        Steps as JSON: ``do``, the place by its sorts, the inputs, ``outcome``, ``because``, ``error_code``,
        ``clauses``, ``changed``; and of a scenario ``expected`` and ``as_expected``.
    start
        Differences from an empty account before the first step: ``variable``, the place, ``value``.
    misses
        The expectations about the end that a scenario missed.
    labels
        How actions and refusals are labelled.
    """
    model = lifecycle.model
    variables = {variable.name: variable for variable in model.state}
    view = _View(lifecycle, {r.action: r for r in model.rules}, variables, tuple(s.name for s in model.sorts), labels)
    start, steps = list(start), list(steps)
    edges: list[Edge] = []
    for number, (_, group) in enumerate(groupby(steps, key=view.alike), 1):
        edges += view.messages(list(group), number, len(edges))
    used = {e.source for e in edges} | {e.target for e in edges}
    states = view.at_start(start)
    lanes = [
        Node(_lane(p.name), "lane", (p.name,), tuple(states.get(p.name, ())), p.says)
        for p in (OPERATOR, *view.participants)
        if _lane(p.name) in used or p.name in states
    ]
    missed = len(misses) + sum(map(_missed, steps))
    return Diagram(
        name,
        title,
        f"{story} A sequence of {len(edges)} messages between {', '.join(n.lines[0] for n in lanes)}.".strip(),
        "\n".join((caption, view.extent(steps, start), *(f"MISSED: {miss}" for miss in misses))),
        tuple(lanes),
        tuple(edges),
        form="sequence",
        numbers={"messages": len(edges)} | ({"missed": missed} if missed else {}),
    )


def at_start(layout: Layout, state: Sequence[int], names: Names) -> Iterator[JsonStep]:
    """The differences of a state from an empty account, as `sequence_diagram` takes them; always the first variable."""
    for number, (value, (variable, place)) in enumerate(zip(state, layout.cells, strict=True)):
        if value or not number:
            yield {"variable": variable.name, **names.document(place), "value": shown(variable, value)}


@dataclass(frozen=True)
class _View:
    lifecycle: Lifecycle
    rules: Mapping[str, Rule]
    variables: Mapping[str, Variable]
    sorts: tuple[str, ...]
    labels: LabelStyle

    # ------------------------------------------------------------ participants

    @cached_property
    def participants(self) -> tuple[Participant, ...]:
        """The participants of the lifecycle with the service, and the owners of variables."""
        found = list(self.lifecycle.participants)
        if not any(p.service for p in found):
            found.append(Participant("the service", service=True))
        known = [p.name for p in found]
        owners = dict.fromkeys(v.owner for v in self.variables.values() if v.owner)
        return (*found, *(Participant(owner) for owner in owners if owner not in known))

    @cached_property
    def service(self) -> str:
        return next(p.name for p in self.participants if p.service)

    def owner(self, name: str) -> str:
        """The lane that a variable belongs to."""
        return self.variables[name].owner or self.service

    def answering(self, rule: Rule) -> str:
        """The lane that responds to the API operations of an action."""
        asked = (
            p.name for p in self.participants for o in rule.operations if p.operations and o.startswith(p.operations)
        )
        return next(asked, self.service)

    def ends(self, rule: Rule, step: JsonStep) -> tuple[str, str]:
        """The lanes that send and receive a request; the service sends it if an input says so.

        An action without a place is done by its actor alone, who may first ask the service (see `asks_about`).
        """
        if rule.by == "service":
            sorts = tuple(param.sort for param in rule.place)
            kept_there = (self.owner(v.name) for v in self.variables.values() if sorts and v.per == sorts)
            alone = self.service if self.asks_about(rule) else self.answering(rule)
            return self.answering(rule), next(kept_there, alone)
        by_service = any(isinstance(i, Enum) and step.get(i.name) == "service" for i in rule.inputs)
        return self.service if by_service else OPERATOR.name, self.answering(rule)

    def asks_about(self, rule: Rule) -> tuple[str, ...]:
        """The labels of what an action without a place depends on and its actor does not own."""
        if rule.place:
            return ()
        found = (leaf for guard in rule.guards if guard.fails for leaf in leaves(guard.condition))
        read = (leaf[0] for leaf in found if len(leaf) == 3 and leaf[0].kind == "state")
        return tuple(dict.fromkeys(label(v) for v in read if self.owner(v.name) != self.answering(rule)))

    # ------------------------------------------------------------ places

    def place(self, said: JsonStep) -> Place:
        return tuple(said.get(sort) for sort in self.sorts)

    def extent(self, steps: Sequence[JsonStep], start: Sequence[JsonStep]) -> str:
        """The number of steps and places of a run."""
        places = {self.place(said) for said in (*start, *steps)}
        places |= {self.place(change) for step in steps for change in step.get("changed", ())}
        called = nouns(self.lifecycle)
        numbers = [len({p[: depth + 1] for p in places if p[depth] is not None}) for depth, _ in enumerate(self.sorts)]
        named = [counted(number, called[sort]) for number, sort in zip(numbers, self.sorts, strict=True) if number]
        changing = sum(bool(step.get("changed")) for step in steps)
        text = f"one run: {counted(len(steps), 'step')}, {changing or 'none'} of which change the account"
        return f"{text}; {' and '.join(named)}" if named else text

    # ------------------------------------------------------------ messages

    def alike(self, step: JsonStep) -> tuple[object, ...]:
        """The key by which steps are merged: action, place, inputs and outcome."""
        names = {i.name for rule in self.rules.values() for i in rule.inputs}
        inputs = tuple((k, str(v)) for k, v in step.items() if k in names)
        ends = (step.get("outcome"), step.get("because"), bool(step.get("changed")), _missed(step))
        return step["do"], self.place(step), inputs, ends

    def messages(self, same: Sequence[JsonStep], number: int, count: int) -> list[Edge]:
        """The request, its changes in other lanes, and the response; the last message cites the clauses."""
        step = same[0]
        if step["do"] not in self.rules:
            minutes = sum(float(s.get("minutes") or 0) for s in same)
            said = f"{number}. wait {minutes:g} minute{'' if minutes == 1 else 's'}"
            lane = _lane(OPERATOR.name)
            return [Edge(f"e-{number}-1", lane, lane, "pause", (said,), said, order=count + 1)]
        rule = self.rules[step["do"]]
        clauses = tuple(str(c) for c in step.get("clauses", ()))
        edges = [
            Edge(f"e-{number}-{n}", _lane(a), _lane(b), kind, lines, tip, (), (rule.action,), order=count + n)
            for n, (a, b, kind, lines, tip) in enumerate(
                self._said(rule, same, number, cited(self.lifecycle, clauses)), 1
            )
        ]
        last = edges[-1]
        lines = (*last.lines, f"MISSED: expected {_expected(step)}") if _missed(step) else last.lines
        return [*edges[:-1], replace(last, lines=lines, clauses=clauses)]

    def _said(self, rule: Rule, same: Sequence[JsonStep], number: int, citation: str) -> Iterator[Message]:
        step = same[0]
        place = "/".join(str(name) for name in self.place(step) if name is not None)
        request = f"{number}. {request_label(self.lifecycle, rule, place, step, self.labels, len(same))}"
        asked = (request,) if self.labels == "id" else wrapped(request, WIDE)
        actor, receiver = self.ends(rule, step)
        operations = f" ({', '.join(rule.operations)})" if rule.operations else ""
        tip = f"{request}\n{rule.says}{operations}. {citation}"
        changes = self._changes(same)
        own, mine = changes.pop(receiver, []), changes.pop(actor, [])
        outcome = str(step.get("outcome"))
        code = f" ({step.get('error_code')})" if step.get("error_code") else ""
        guards = (g for g in rule.guards if g.otherwise.id == step.get("because"))
        reason = next((refusal_label(g, self.labels) for g in guards), step.get("because"))
        no = f"{outcome}: {reason}{code if code != f' ({reason})' else ''}"
        if outcome == "refused" and not _is_sent(rule, step):
            why = "no request is sent" if rule.by == "person" else "the service does not start"
            yield actor, actor, "refused", (*asked, no, why), tip
            return
        if rule.by == "person":
            yield actor, receiver, "person" if actor == OPERATOR.name else "service", asked, tip
        else:
            about = self.asks_about(rule)
            question = wrapped(f"asks about {', '.join(about)}", WIDE) if about else ()
            yield actor, receiver, "service", (*asked, *question, *own), tip
            receiver = receiver if rule.place else actor
        # The service makes all other changes, in whichever lane they happen.
        by = receiver if rule.by == "person" else actor
        for owner, lines in changes.items():
            yield by, owner, "service", tuple(lines), "; ".join(lines)
        if outcome != "done":
            yield receiver, actor, "failed" if outcome == "failed" else "refused", (no, *mine), citation
        elif rule.by == "person" and (own or not changes):
            yield receiver, actor, "answer", ("done", *own), f"done {'; '.join(own)}".strip()
        elif mine:
            yield receiver, actor, "answer", ("done", *mine), "; ".join(mine)

    # ------------------------------------------------------------ changes, and the account at the start

    def _changes(self, same: Sequence[JsonStep]) -> dict[str, list[str]]:
        """The total changes of repetitions of a step, by lane."""
        total: dict[tuple[str, Place], tuple[object, object]] = {}
        for step in same:
            for change in step.get("changed", ()):
                key = str(change["variable"]), self.place(change)
                before = total[key][0] if key in total else change["before"]
                total[key] = (before, change["after"])
        found: dict[str, list[str]] = {}
        for (name, place), (before, after) in total.items():
            if before != after:
                words = f"{label(self.variables[name])} {self._value(name, before, 0)} -> {self._value(name, after, 2)}"
                elsewhere = place[-1:] not in ((), (None,)) and place[-1] != self.place(same[0])[-1]
                where = f"{'/'.join(map(str, place))} " if elsewhere else ""
                found.setdefault(self.owner(name), []).append(f"{where}{words}")
        return found

    def at_start(self, start: Iterable[JsonStep]) -> dict[str, list[str]]:
        """The account before the first step, by lane: a line for each place."""
        found: dict[str, dict[str, dict[str, str]]] = {}
        for said in start:
            name = str(said["variable"])
            place = "/".join(str(part) for part in self.place(said) if part is not None)
            text = f"{label(self.variables[name])} {self._value(name, said['value'], 0)}"
            found.setdefault(self.owner(name), {}).setdefault(place, {})[name] = text
        return {lane: [self._listed(place, texts) for place, texts in at.items()] for lane, at in found.items()}

    def _listed(self, place: str, texts: Mapping[str, str]) -> str:
        """The contents of a place; that the place exists is left out if it has contents."""
        contents = [text for name, text in texts.items() if not place or name not in self._existence]
        listed = ", ".join(contents or texts.values())
        return f"{place}: {listed}" if place else listed

    @cached_property
    def _existence(self) -> set[str]:
        """The flags that record whether a place exists: the first at each, if requests are refused without it."""
        first = {v.per: v.name for v in reversed([*self.variables.values()])}.values()
        guards = (guard for rule in self.rules.values() for guard in rule.guards if guard.otherwise.absent)
        return {g.condition.name for g in guards if isinstance(g.condition, Flag)} & set(first)

    def _value(self, name: str, value: object, absent: int) -> str:
        """A value in words; `absent` chooses the word for a flag that was never set (0) or was cleared (2)."""
        variable = self.variables[name]
        return variable.words[1 if value else absent] if isinstance(variable, Flag) else str(value)


def _missed(step: JsonStep) -> bool:
    """The scenario expected a different outcome."""
    return step.get("as_expected") is False


def _is_sent(rule: Rule, step: JsonStep) -> bool:
    """The request is sent to its receiver; requests whose refusal has no error code are not sent."""
    guards = [g for g in rule.guards if g.otherwise.id == step.get("because")]
    return not guards or any(g.otherwise.error_code is not None or g.error_code is not None for g in guards)


def _expected(step: JsonStep) -> str:
    said: JsonStep = step.get("expected") or {}
    because = f" ({said['because']})" if said.get("because") else ""
    return f"{said.get('outcome') or 'refused or failed'}{because}"


def _lane(name: str) -> str:
    return f"n-{slug(name.lower())}"
