"""The order of deletion with every possible refusal: the phases of a plan, and arrows back from them.

A refusal that occurs in a reachable state is an arrow to the action that helps, or to a wait (for a running job, or if
it depends on chance); all other refusals are listed in the box.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from backup_slr.diagram.caption import cited, model_text, nouns, scope_text
from backup_slr.diagram.deletion_order import deletion_order, starters
from backup_slr.diagram.graph import Diagram, Edge, EdgeKind, Node, numbered, slug, wrapped
from backup_slr.diagram.in_account import PicturedAccount
from backup_slr.diagram.labels import LabelStyle, action_label, refusal_label
from backup_slr.diagram.refusals import Obstacle, Refusals
from backup_slr.diagram.teardown_plan import Phase, TeardownPlan, rule_interfaces
from backup_slr.engine.check.exploration import DEFAULT_LIMITS, Limits
from backup_slr.engine.core.formula import FALSE
from backup_slr.engine.core.model import Model
from backup_slr.engine.core.rule import Guard, Rule
from backup_slr.engine.core.scope import Scope
from backup_slr.engine.core.variable import label
from backup_slr.engine.spec.lifecycle import Lifecycle
from backup_slr.report.english import english
from backup_slr.report.names import counted

WIDE, WAIT = 46, 30
"""The most letters on a line of a box, and of a wait."""


def teardown_diagram(
    lifecycle: Lifecycle,
    scope: Scope,
    via: str = "",
    name: str = "teardown",
    limits: Limits = DEFAULT_LIMITS,
    labels: LabelStyle = "id",
    table: Model | None = None,
    account: PicturedAccount | None = None,
) -> Diagram:
    """The way from a full account to the goal, requested through `via` wherever that is possible.

    Parameters
    ----------
    lifecycle, scope
        A lifecycle under chosen assumptions, and a scope with every kind of place.
    via
        One of its interfaces; empty if it has none.
    limits
        When to stop the search for reachable states of a small account.
    labels
        How actions and refusals are labelled.
    table
        The rules under all values of the assumptions, to choose an order that depends on few of them.
    account
        An account whose places each phase names.

    Raises
    ------
    Unfinished
        When not all of them were found.
    """
    plan = TeardownPlan(lifecycle, scope, via, table)
    refusals = Refusals(plan, limits)
    how = lifecycle.interfaces.get(via, via)
    boxes = [_Box(plan, refusals, how, phase, number, labels, account) for number, phase in enumerate(plan.phases, 1)]
    nodes: list[Node] = [Node("n-start", "initial", ("start",), tooltip="an account with resources")]
    edges: list[Edge] = []
    for box in boxes:
        last, rule = nodes[-1].id, box.phase.rule
        kind = "service" if rule.by == "service" else "start" if last == "n-start" else "next"
        lines = () if last == "n-start" else () if kind == "service" else ("when all are deleted",)
        edges.append(Edge(f"e-{last[2:]}--{box.id[2:]}", last, box.id, kind, lines, events=(rule.action,)))
        nodes.append(box.node())
    last, goal = nodes[-1].id, lifecycle.goal.variable
    nodes.append(_end(plan))
    clauses = tuple(e.clause for e in deletion_order(lifecycle)[-1].effects if e.variable.name == goal.name)
    if plan.reached:
        edges.append(Edge(f"e-{last[2:]}--goal", last, "n-goal", "service", ("done",), "the goal", clauses))
    else:
        edges.append(Edge(f"e-{last[2:]}--goal", last, "n-goal", "refused", ("not possible",), "the plan ends here"))
    for box in boxes:
        extra, more = box.loops()
        nodes += extra
        edges += more
    how = f" {how}" if how else ""
    lacking = f" and from some that lack {nouns(lifecycle)[lifecycle.place[-1].sort.name]}s" if lifecycle.place else ""
    tried = f"order derived from the guards and tested from a full account{lacking}"
    far = ", as far as possible" if any(box.turns for box in boxes) else ""
    states = counted(refusals.reached.explored.count, "reachable state")
    met = f"refusals and remedies from all {states}"
    return Diagram(
        name,
        f"How to delete the {label(goal)}{how}{far}",
        f"The order of deletion{how}: {', then '.join(box.called for box in boxes)}"
        f"{'' if plan.reached else ', which is never possible'}. Arrows with a bar or a diamond are refusals and "
        "failures, and lead to the step that helps.",
        f"{model_text(lifecycle.model)}; scope {scope_text(lifecycle, plan.scope)}\n{tried}{_tested(plan)}\n{met}",
        tuple(nodes),
        numbered(edges),
        numbers={"boxes": len(boxes), "states": len(plan.visited), "reached": int(plan.reached)},
    )


def _tested(plan: TeardownPlan) -> str:
    """The other values of assumptions under which the order fails, on a line; empty if none were tested."""
    if plan.table is None or not plan.reached:
        return ""
    words = {True: "a different order works", False: "no order works"}
    failing = ", ".join(f"{name} ({words[works]})" for name, works in plan.fails_under.items())
    return "\nfrom a full account it works under every other value of an assumption" + (
        f", except {failing}" if failing else ""
    )


def _end(plan: TeardownPlan) -> Node:
    """The node of the goal, or the node that states that it is out of reach."""
    variable, value = plan.lifecycle.goal.variable, plan.lifecycle.goal.gone
    if plan.reached:
        return Node("n-goal", "final", (f"{variable.name} {value}",), (), f"the goal: {variable.name} is {value}")
    last = plan.phases[-1]
    lines = (f"{variable.name} {value}: out of reach", *wrapped(f"while {', '.join(last.kinds)} exists", WIDE))
    return Node("n-goal", "bad", lines if last.kinds else lines[:1], (), "the goal is not reached")


def _id(phase: Phase) -> str:
    """The stable id of its node."""
    kinds = f"-{slug(' '.join(phase.kinds))}" if phase.kinds else ""
    return f"n-{phase.rule.action.replace('_', '-')}{kinds}"


@dataclass(frozen=True)
class _Box:
    """The node and edges of a phase of a plan; `how` is the interface of the plan in words."""

    plan: TeardownPlan
    refusals: Refusals
    how: str
    phase: Phase
    number: int
    labels: LabelStyle
    account: PicturedAccount | None = None

    @property
    def id(self) -> str:
        return _id(self.phase)

    @property
    def called(self) -> str:
        """The action and its places on one line."""
        places = self._places(self.phase.rule, self.phase.kinds, "every {} except {}")
        return f"{action_label(self.phase.rule, self.labels)}{f' ({places})' if places else ''}"

    def _places(self, rule: Rule, kinds: Sequence[str], words: str) -> str:
        """The places of an action: all except some, or kinds that have names; nothing if it is about all kinds."""
        others = [kind for kind in self.plan.kinds(rule) if kind not in kinds]
        if not kinds or not others:
            return ""
        if any(kind not in rule.place[-1].sort.special for kind in kinds):
            return words.format(nouns(self.plan.lifecycle)[rule.place[-1].sort.name], " and ".join(others))
        return ", ".join(kinds)

    def node(self) -> Node:
        """The phase, with the refusals from which nothing leads on."""
        phase = self.phase
        lines = [
            *wrapped(f"{self.number}. {action_label(phase.rule, self.labels)}", WIDE),
            *wrapped(self._places(phase.rule, phase.kinds, "every {} except {}"), WIDE),
            *(self.account.lines(phase.rule, phase.kinds) if self.account else ()),
        ]
        if phase.never:
            lines.append("never possible")
        elif self.turns:
            known = self.plan.lifecycle.interfaces
            lines += wrapped(f"only {' or '.join(known.get(i, i) for i in reversed(phase.interfaces))}", WIDE)
        dead = [(o.guard, o.guard.shows_as) for o in self._obstacles if phase.never or self._leads_nowhere(o)]
        if self.turns:
            own = [o.guard for o in self._obstacles]
            wanted = self.refusals.obstacles(phase.rule, self.plan.places(phase), (self.plan.via,))
            dead += [(o.guard, self.how) for o in wanted if o.guard not in own]
        tips = [
            f"refused, {g.otherwise.id}: {g.otherwise.says}. {cited(self.plan.lifecycle, (g.clause,))}" for g, _ in dead
        ]
        kind = "refused" if phase.never else "action" if phase.rule.by == "person" else "work"
        return Node(
            self.id,
            kind,
            tuple(lines),
            tuple(dict.fromkeys(self._refused(guard, more) for guard, more in dead)),
            "\n".join((phase.rule.says, *tips)),
            phase.rule.clauses,
            called=self.called,
        )

    def _refused(self, guard: Guard, more: str | None) -> str:
        """A refusal on one line, with its error code or the interface that causes it."""
        text = refusal_label(guard, self.labels)
        return f"refused: {text}{f' ({more})' if more and more != text else ''}"

    @property
    def turns(self) -> bool:
        """Whether it must be requested through a different interface than that of the plan."""
        return self.plan.via not in self.phase.interfaces and self.phase.interfaces not in ((), ("",))

    @cached_property
    def _obstacles(self) -> list[Obstacle]:
        """The guards that can stop it; if it is never possible, the guards that hold in no state."""
        phase, every = self.phase, rule_interfaces(self.phase.rule)
        places = self.plan.places(phase)
        found = self.refusals.obstacles(phase.rule, places, phase.interfaces or every)
        if not phase.never:
            return found
        asked = [c for place in places for c in self.plan.conditions(phase.rule, place, every)]
        ruled_out = [guard for n, guard in enumerate(phase.rule.guards) if all(c[n] == FALSE for c in asked)]
        return [obstacle for obstacle in found if obstacle.guard in ruled_out]

    def _helping(self, obstacle: Obstacle, by: str) -> list[Rule]:
        """The actions of a user or of the service that help past a guard."""
        actions = {action for action, _ in obstacle.helpers}
        return [rule for rule in self.plan.lifecycle.model.rules if rule.action in actions and rule.by == by]

    @cached_property
    def _starters(self) -> list[Rule]:
        """The requests that start the service's action of this phase."""
        return starters(self.plan.lifecycle, self.phase.rule)

    def _starts_again(self, obstacle: Obstacle) -> bool:
        return any(rule in self._starters for rule in self._helping(obstacle, "person"))

    def _leads_nowhere(self, obstacle: Obstacle) -> bool:
        """Whether neither an action nor waiting helps, or nothing is left to do."""
        idle = not obstacle.chance and (obstacle.idle or not obstacle.helpers)
        return idle and not self._starts_again(obstacle)

    def loops(self) -> tuple[list[Node], list[Edge]]:
        """The arrows from the phase back to the actions that help, or to a wait."""
        nodes: dict[str, Node] = {}
        edges: list[Edge] = []
        own = self.id
        steps = [(number, phase) for number, phase in enumerate(self.plan.phases, 1) if phase.rule in self._starters]
        again, phase = steps[0] if steps else (self.number, self.phase)
        back = _id(phase)
        stopped: dict[tuple[str, str], Guard] = {}
        done = [(p, {(p.rule.action, place) for place in self.plan.places(p)}) for p in self.plan.phases if not p.never]
        for obstacle in [] if self.phase.never else self._obstacles:
            if self._leads_nowhere(obstacle) or self._starts_again(obstacle):
                continue
            service = self._helping(obstacle, "service")
            targets = [p for p, actions in done if actions & obstacle.helpers]
            if obstacle.chance or service:
                asides, end = [self._wait(service, again)], back
            elif targets:
                asides, end = [], own
                # One arrow for each reason, to the first step that helps: all later steps follow anyway.
                stopped.setdefault((obstacle.guard.otherwise.id, _id(targets[0])), obstacle.guard)
            else:
                asides, end = [self._aside(rule, obstacle) for rule in self._helping(obstacle, "person")], own
            for aside in asides:
                if aside.id not in nodes:
                    nodes[aside.id] = aside
                    edges.append(Edge(f"e-{aside.id[2:]}--{end[2:]}", aside.id, end, "next", ("retry",)))
                edges.append(self._stopped(aside.id, obstacle.guard, obstacle.chance))
        several = Counter(refusal for refusal, _ in stopped)
        for (refusal, target), guard in stopped.items():
            arrow = self._stopped(target, guard)
            if several[refusal] > 1 and self.labels == "english":  # one refusal with several reasons
                arrow = replace(arrow, lines=wrapped(english(guard.condition, negative=True), WAIT))
            edges.append(arrow)
        return list(nodes.values()), edges

    def _wait(self, service: list[Rule], again: int) -> Node:
        until = f"until {service[0].says}" if service else "a few minutes"
        lines = wrapped(f"wait {until}, then repeat step {again}", WAIT)
        return Node(f"n-wait-{self.id[2:]}", "wait", lines, (), f"then repeat step {again}")

    def _aside(self, rule: Rule, obstacle: Obstacle) -> Node:
        """An action that is not a phase of the plan, and helps where no phase does."""
        every = self.plan.kinds(rule)
        kinds = [kind for kind, places in every.items() if any((rule.action, p) in obstacle.helpers for p in places)]
        places = self._places(rule, kinds, "a {} other than {}")
        text = f"{action_label(rule, self.labels)}{f' ({places})' if places else ''}"
        tip = f"{rule.says}: helps past {obstacle.guard.otherwise.id}"
        aside, lines = f"n-aside-{rule.action.replace('_', '-')}--{self.id[2:]}", wrapped(text, WIDE)
        return Node(aside, "action", lines, (), tip, rule.clauses, called=f"{text}, before step {self.number}")

    def _stopped(self, target: str, guard: Guard, chance: bool = False) -> Edge:
        how: EdgeKind = "might" if chance else "failed" if guard.fails else "refused"
        tip = f"{guard.otherwise.says}. {cited(self.plan.lifecycle, (guard.clause,))}"
        ends = f"e-{self.id[2:]}--{target[2:]}-{guard.otherwise.id}"
        return Edge(ends, self.id, target, how, wrapped(refusal_label(guard, self.labels)), tip, (guard.clause,))
